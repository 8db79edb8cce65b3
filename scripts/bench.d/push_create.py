# In the Odoo shell, behind GIVEN = {"warm": lines, "lines": lines, "sizes": [n]}: the same lines as those of the bridge,
# with the values that the addon makes of them, by Odoo's own create() and a commit for each batch. The values are made
# beforehand, and the time is that of create() and commit alone.
import json
import time
from collections import Counter

from odoo.addons.bank_bridge.models import line_values, placement

journal = env["account.journal"].search([("code", "=", "BNK1")], limit=1)
maker, of_day = line_values.Maker(env, journal), Counter()


def values(lines):
    made = []
    for line in lines:
        made.append(maker.make(line, placement.FIRST - placement.STEP * of_day[line["date"]]))
        of_day[line["date"]] += 1
    return made


def create(batch):
    env["account.bank.statement.line"].with_company(journal.company_id).create(batch)
    env.cr.commit()


warm, lines = values(GIVEN["warm"]), values(GIVEN["lines"])
create(warm)
batches, start = [], 0
for size in GIVEN["sizes"]:
    batches.append(lines[start : start + size])
    start += size
assert start == len(lines), (start, len(lines))
seconds, processor = [], time.process_time()
for batch in batches:
    started = time.monotonic()
    create(batch)
    seconds.append(time.monotonic() - started)
print("RESULT", json.dumps({"seconds": seconds, "processor": time.process_time() - processor}))
