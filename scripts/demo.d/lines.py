"""Shows the bank lines that an Odoo holds, by journal and in the bank's order: lines.py URL DATABASE LOGIN KEY-FILE"""

import json
import pathlib
import sys
import urllib.request

COLUMNS = (("date", 10), ("counterparty", 30), ("communication", 46), ("amount", 10), ("balance", 10))


def call(service, method, *arguments):
    body = {"jsonrpc": "2.0", "id": 1, "method": "call"}
    body["params"] = {"service": service, "method": method, "args": arguments}
    request = urllib.request.Request(
        f"{url}/jsonrpc", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    answer = json.loads(opener.open(request, timeout=60).read())
    if "error" in answer:
        sys.exit(f"error: Odoo answered: {answer['error'].get('data', {}).get('message', answer['error'])}")
    return answer["result"]


def row(cells):
    cells = [" ".join(str(cell).split()) for cell in cells]
    cells = [cell if len(cell) <= width else cell[: width - 1] + "…" for cell, (_, width) in zip(cells, COLUMNS)]
    texts = [cell.ljust(width) for cell, (_, width) in zip(cells[:3], COLUMNS)]
    numbers = [cell.rjust(width) for cell, (_, width) in zip(cells[3:], COLUMNS[3:])]
    return "  " + "  ".join(texts + numbers)


url, database, login, key_file = sys.argv[1:]
key = pathlib.Path(key_file).read_text().strip()
user = call("common", "authenticate", database, login, key, {})
if not user:
    sys.exit("error: Odoo refused the key of the user who imports")
fields = ["journal_id", "date", "partner_name", "payment_ref", "amount", "running_balance"]
lines = call(
    "object", "execute_kw", database, user, key, "account.bank.statement.line", "search_read", [[]],
    {"fields": fields, "order": "journal_id, internal_index"},
)
journal = None
for line in lines:
    if line["journal_id"] != journal:
        journal = line["journal_id"]
        print(f"\n{journal[1]}\n{row(name for name, _ in COLUMNS)}")
    texts = [line["date"], line["partner_name"] or "", line["payment_ref"] or ""]
    print(row(texts + [f"{line['amount']:.2f}", f"{line['running_balance']:.2f}"]))
print()
