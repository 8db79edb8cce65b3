"""A table that the bridge does not know: its columns with a proposal, which the user corrects and may keep."""

from odoo import Command, fields, models
from odoo.exceptions import UserError

from .bank_bridge_registration import BridgeFailure

ROLES = [
    ("booked", "Booking Date"),
    ("value", "Value Date"),
    ("amount", "Amount"),
    ("debit", "Money Out"),
    ("credit", "Money In"),
    ("direction", "Debit or Credit"),
    ("fee", "Fee"),
    ("currency", "Currency"),
    ("balance", "Balance after the Line"),
    ("balance-before", "Balance before the Line"),
    ("account", "Own Account"),
    ("holder", "Account Holder"),
    ("counterparty-name", "Counterparty"),
    ("counterparty-account", "Counterparty Account"),
    ("counterparty-bic", "Counterparty BIC"),
    ("payer-name", "Payer"),
    ("payer-account", "Payer Account"),
    ("payee-name", "Payee"),
    ("payee-account", "Payee Account"),
    ("text", "Remittance Information"),
    ("structured", "Structured Communication"),
    ("reference", "Bank Reference"),
    ("end-to-end", "End-to-End Reference"),
    ("mandate", "Mandate"),
    ("code", "Transaction Code"),
    ("original-amount", "Original Amount"),
    ("original-currency", "Original Currency"),
    ("rate", "Exchange Rate"),
]


class BankBridgeUploadColumn(models.TransientModel):
    _name = "bank.bridge.upload.column"
    _description = "Bank Bridge: column of an uploaded table"
    _order = "id"
    _transient_max_hours = 48

    file_id = fields.Many2one("bank.bridge.upload.file", required=True, readonly=True, ondelete="cascade", index=True)
    name = fields.Char(string="Column", readonly=True)
    example = fields.Char(readonly=True)
    role = fields.Selection(ROLES, string="Is")


class BankBridgeUploadFile(models.TransientModel):
    _inherit = "bank.bridge.upload.file"

    column_ids = fields.One2many("bank.bridge.upload.column", "file_id", string="Columns")
    preset_id = fields.Many2one("bank.bridge.preset", string="Kept Columns", readonly=True, ondelete="set null")
    preset_text = fields.Text(readonly=True)
    fingerprint = fields.Char(readonly=True)
    preset_name = fields.Char(
        string="Keep These Columns As", help="The next file with the same header is read by itself."
    )

    def action_keep(self):
        """Keep what the columns are for the next file of the same header."""
        file = self._pressed()
        if not file.preset_text or not (file.preset_name or "").strip():
            raise UserError(self.env._("Enter a name first."))
        presets = self.env["bank.bridge.preset"]
        values = {
            "name": file.preset_name.strip()[:100],
            "text": file.preset_text,
            "journal_id": file.journal_id.id if not any(file.statement_ids.mapped("account")) else False,
            "columns": ", ".join(file.column_ids.filtered("role").mapped("name"))[:500],
            "roles": {column.name: column.role for column in file.column_ids if column.role},
        }
        known = presets.search([("company_id", "=", file.company_id.id), ("fingerprint", "=", file.fingerprint)])
        if known and file.fingerprint:
            known.write(values)
        else:
            known = presets.create({**values, "company_id": file.company_id.id, "fingerprint": file.fingerprint})
        file.preset_id = known
        return True

    def action_columns(self):
        """Correct the columns of a table that is read already."""
        file = self._pressed()
        if file.state == "ready" and file.column_ids:
            file.write({"state": "refused", "code": "BB-3603", "preset_id": False})
        return True

    def _say_columns(self):
        """A preset of what the user says: whether the bridge takes it."""
        roles = self.column_ids.mapped("role")
        if not self.column_ids:
            return True
        if "booked" not in roles:
            raise UserError(self.env._("Say which column is the booking date."))
        if "amount" not in roles and not {"debit", "credit"} & set(roles):
            raise UserError(self.env._("Say which column is the amount."))
        said = []
        for role, _label in ROLES:
            names = self.column_ids.filtered(lambda column, role=role: column.role == role).mapped("name")
            said += [{"role": role, "column": name} for name in names or [""]]
        parameters = {
            "name": self.name[:200],
            "content": self._content(),
            "columns": said,
            "bank": (self.preset_name or "").strip()[:100] or None,
            "date_order": self.date_order or None,
            "decimal_mark": self.decimal_mark or None,
        }
        try:
            proposal = self.env["bank.bridge.registration"]._propose(parameters)
        except BridgeFailure as failure:
            self.dry_run = True
            self._not_begun(failure)
            return False
        self.write({"preset_text": proposal.get("preset"), "preset_id": False})
        return True

    def _keep_table(self, table):
        """Show the columns; a header that is known by a preset kept earlier is read by that at once."""
        self.write(
            {
                "fingerprint": table.get("fingerprint"),
                "column_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": column.get("column"),
                                "example": column.get("example"),
                                "role": column.get("role") if column.get("role") in dict(ROLES) else False,
                            }
                        )
                        for column in table.get("columns") or []
                    ),
                ],
            }
        )
        kept = self.fingerprint and self.env["bank.bridge.preset"].search(
            [("company_id", "=", self.company_id.id), ("fingerprint", "=", self.fingerprint)], limit=1
        )
        if kept and not self.preset_text:
            self.write({"preset_id": kept.id, "preset_text": kept.text, "preset_name": kept.name})
            self.journal_id = self.journal_id or kept.journal_id
            # What is shown is what the file is read by, not what would be proposed for it.
            for column in self.column_ids:
                column.role = (kept.roles or {}).get(column.name)
            self._ask(dry_run=True)


class BankBridgeRegistration(models.Model):
    _inherit = "bank.bridge.registration"

    def _propose(self, parameters):
        """What the bridge proposes for a table; it needs no registration for that, only its token."""
        answer = self._answer("bank.propose_preset", parameters)
        if not isinstance(answer.get("preset"), str):
            raise BridgeFailure("BB-1023", address=self._get().address)
        return answer
