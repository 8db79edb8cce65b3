# In an Odoo shell: the bank statements, their lines and their files, as they are without the addon's own columns.
import hashlib

for statement in env["account.bank.statement"].search([], order="id"):
    files = [hashlib.sha256(file.raw).hexdigest() for file in statement.attachment_ids.sorted("id")]
    print("=> statement:", statement.id, statement.name, statement.date, statement.balance_start, statement.balance_end_real, files)
for line in env["account.bank.statement.line"].search([], order="id"):
    values = line.read(["date", "amount", "payment_ref", "partner_name", "account_number", "ref", "transaction_type", "sequence", "internal_index"])
    print("=> line:", sorted(values[0].items()), line.statement_id.id, line.journal_id.code, line.move_id.state, line.is_reconciled)
for item in env["account.move.line"].search([("statement_line_id", "!=", False)], order="id"):
    print("=> item:", item.id, item.account_id.code, item.debit, item.credit)
