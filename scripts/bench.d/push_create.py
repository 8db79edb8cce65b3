# In the Odoo shell, behind GIVEN = {"warm": lines, "lines": lines, "sizes": [n]}: the lines of the bridge, with the values
# that the addon makes of them, by Odoo's own create() and a commit for each batch. The values are made beforehand: the
# time is that of create() and commit alone.
import json
import os
import time
from collections import Counter
from pathlib import Path

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


def of_database():
    """Seconds of processor that PostgreSQL's process behind this shell has used."""
    backend = env.cr._cnx.info.backend_pid
    told = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


warm, lines = values(GIVEN["warm"]), values(GIVEN["lines"])
create(warm)
batches, start = [], 0
for size in GIVEN["sizes"]:
    batches.append(lines[start : start + size])
    start += size
assert start == len(lines), (start, len(lines))
database, seconds, processor = of_database(), [], time.process_time()
for batch in batches:
    started = time.monotonic()
    create(batch)
    seconds.append(time.monotonic() - started)
processor = time.process_time() - processor
print(
    "RESULT",
    json.dumps({"seconds": seconds, "processor": processor, "database": of_database() - database}),
)
