"""What the bridge sees in an uploaded file: its statements and their first lines."""

from odoo import Command, fields, models


class BankBridgeUploadStatement(models.TransientModel):
    _name = "bank.bridge.upload.statement"
    _description = "Bank Bridge: statement of an uploaded file"
    _order = "id"
    _transient_max_hours = 48

    file_id = fields.Many2one("bank.bridge.upload.file", required=True, readonly=True, ondelete="cascade", index=True)
    number = fields.Char(readonly=True)
    member = fields.Char(string="File in the Archive", readonly=True)
    account = fields.Char(string="Bank Account", readonly=True)
    holder = fields.Char(readonly=True)
    journal_name = fields.Char(string="Journal", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    currency_name = fields.Char(readonly=True)
    first = fields.Date(string="From", readonly=True)
    last = fields.Date(string="To", readonly=True)
    opening = fields.Monetary(string="Opening Balance", readonly=True)
    closing = fields.Monetary(string="Closing Balance", readonly=True)
    has_opening = fields.Boolean(readonly=True)
    has_closing = fields.Boolean(readonly=True)
    total = fields.Monetary(string="Sum of the Lines", readonly=True)
    count_lines = fields.Integer(string="Lines", readonly=True)
    count_new = fields.Integer(string="New", readonly=True)
    count_known = fields.Integer(string="Known", readonly=True)
    count_matched = fields.Integer(string="Matched", readonly=True)
    count_held = fields.Integer(string="Held", readonly=True)


class BankBridgeUploadLine(models.TransientModel):
    _name = "bank.bridge.upload.line"
    _description = "Bank Bridge: line of an uploaded file"
    _order = "id"
    _transient_max_hours = 48

    file_id = fields.Many2one("bank.bridge.upload.file", required=True, readonly=True, ondelete="cascade", index=True)
    date = fields.Date(string="Booking Date", readonly=True)
    counterparty = fields.Char(readonly=True)
    text = fields.Char(string="Remittance Information", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)


class BankBridgeUploadFile(models.TransientModel):
    _inherit = "bank.bridge.upload.file"

    def _keep_seen(self, seen):
        if not seen:
            return
        formats = dict(self._fields["format"].selection)
        counts = seen.get("counts") or {}
        statements = seen.get("statements") or []
        names = dict.fromkeys(one["journal"]["name"] for one in statements if one.get("journal"))
        currencies = self.env["res.currency"].with_context(active_test=False)
        currency_of = {
            currency.name: currency
            for currency in currencies.search([("name", "in", [one.get("currency") for one in statements])])
        }
        own = self.company_id.currency_id
        lines = [
            {
                "date": line["date"],
                "counterparty": line.get("counterparty"),
                "text": line.get("text"),
                "amount": float(line["amount"]),
                "currency_id": currency_of.get(one.get("currency"), own).id,
            }
            for one in statements
            for line in one.get("lines") or []
        ]
        self.write(
            {
                "format": seen.get("format") if seen.get("format") in formats else False,
                "facts": seen.get("facts"),
                "findings": [
                    {**finding, "member": one.get("member")}
                    for one in statements
                    for finding in one.get("findings") or []
                ],
                "journal_names": ", ".join(names),
                "count_statements": seen.get("count") or 0,
                "count_lines": seen.get("lines") or 0,
                "count_new": counts.get("created") or 0,
                "count_known": counts.get("duplicate") or 0,
                "count_matched": counts.get("matched") or 0,
                "count_held": counts.get("held") or 0,
                "statement_ids": [
                    Command.clear(),
                    *(
                        Command.create(self._statement_values(one, currency_of.get(one.get("currency"), own)))
                        for one in statements
                    ),
                ],
                "line_ids": [Command.clear(), *map(Command.create, lines)],
            }
        )

    def _statement_values(self, one, currency):
        account, counts = one.get("account") or {}, one.get("counts") or {}
        opening, closing = (one.get(name) or {} for name in ("opening", "closing"))
        return {
            "number": one.get("number"),
            "member": one.get("member"),
            "account": account.get("iban") or account.get("number"),
            "holder": account.get("holder"),
            "journal_name": (one.get("journal") or {}).get("name"),
            "currency_id": currency.id,
            "currency_name": one.get("currency"),
            "first": one.get("first"),
            "last": one.get("last"),
            "opening": float(opening.get("amount") or 0),
            "closing": float(closing.get("amount") or 0),
            "has_opening": bool(opening),
            "has_closing": bool(closing),
            "total": float(one.get("sum") or 0),
            "count_lines": one.get("count") or 0,
            "count_new": counts.get("created") or 0,
            "count_known": counts.get("duplicate") or 0,
            "count_matched": counts.get("matched") or 0,
            "count_held": counts.get("held") or 0,
        }
