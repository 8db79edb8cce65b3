# In an Odoo shell: a database in use. Each kind of thing that the addon keeps, and what users hang on it.
import base64
import hashlib
import uuid

from odoo import Command, fields

IBAN = "BE68539007547034"
CONTENT = b"the bank's own bytes"
user = env.ref("base.user_admin")
journal = env["account.journal"].create({"name": "Uninstall", "code": "UNI", "type": "bank", "bank_acc_number": IBAN})
env["account.bank.statement.line"].create(
    [
        {"journal_id": journal.id, "date": "2026-03-02", "amount": 5, "payment_ref": "by hand", "account_number": number}
        for number in ("NL91ABNA0417164300", "BE71096123456769")
    ]
)
bridge = env["bank.bridge.import"].with_user(user)


def line(identity, amount):
    nothing = ("original", "structured", "reference", "end_to_end", "mandate", "bank_code", "bank_code_words", "kind")
    return {
        **dict.fromkeys(nothing),
        "id": f"v1:{identity}",
        "date": "2026-03-02",
        "value_date": "2026-03-02",
        "amount": amount,
        "currency": "EUR",
        "counterparty": {"name": None, "account": None, "bic": None},
        "text": identity,
        "details": [],
        "position": 0,
    }


run = str(uuid.uuid4())
head = {
    "account": {"iban": IBAN, "number": None, "bic": None, "currency": "EUR", "holder": None},
    **dict.fromkeys(("opening", "closing", "first", "last")),
    "number": "2026-1",
    "lines": 2,
    "currencies": ["EUR"],
}
file = {
    "name": "statement.cod",
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "size": len(CONTENT),
    "content": base64.b64encode(CONTENT).decode(),
}
answer = bridge.bridge_open(run=run, file=file, source="coda.2", statements=[head])
assert "error" not in answer, answer
lines = [line("a", "1.00"), line("b", "5.00")]
statement = {
    "number": "2026-1",
    "source": "coda.2",
    "opening": {"date": "2026-03-02", "amount": "100.00"},
    "closing": {"date": "2026-03-02", "amount": "106.00"},
    "index": 0,
    "count": 2,
    "ids": [one["id"] for one in lines],
}
answer = bridge.bridge_push(run=run, journal=journal.id, statement=statement, lines=lines, last=True)
assert [one["result"] for one in answer.get("lines", [])] == ["created", "held"], answer
bridge.bridge_close(run=run, state="done")

registration = env["bank.bridge.registration"]._get()
registration._make_key(registration._technical_user())
registration.write({"address": "http://127.0.0.1:1", "token": "t", "sealed": "s", "state": "connected"})
connection = env["bank.bridge.connection"].create({"name": "ING", "sealed": "s", "state": "connected"})
env["bank.bridge.account"].create(
    {"connection_id": connection.id, "external_id": "x", "reference": IBAN, "journal_id": journal.id}
)
connection.message_post(body="told", attachments=[("told.txt", b"told")], partner_ids=user.partner_id.ids)
connection.activity_schedule("bank_bridge.activity_consent", user_id=user.id, summary="renew")
connection.activity_schedule("mail.mail_activity_data_todo", user_id=user.id, summary="look")
connection.message_subscribe(user.partner_id.ids)

# What users make of it.
env["ir.filters"].create({"name": "Mine", "model_id": "bank.bridge.import", "user_ids": [Command.set(user.ids)]})
env["ir.exports"].create({"name": "Mine", "resource": "bank.bridge.connection"})
env["ir.default"].set("bank.bridge.connection", "interval_hours", 24)
env["ir.attachment"].create({"name": "contract.pdf", "raw": b"x", "res_model": connection._name, "res_id": connection.id})
EXTRA = ("import", "identity", "held", "registration", "connection", "account", "turn")
empty = [name for name in EXTRA if not env[f"bank.bridge.{name}"].search_count([])]
assert not empty, empty
env.cr.commit()
print("=> filled at", fields.Datetime.now())
