"""What the columns of a bank's table are, as somebody has said it once: the next file of that header is read by it."""

from odoo import fields, models


class BankBridgePreset(models.Model):
    _name = "bank.bridge.preset"
    _description = "Bank Bridge: columns of a table"
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True, help="The bank and which of its exports.")
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
        help="Where files of this header go that name no account.",
    )
    fingerprint = fields.Char(readonly=True, help="What tells the header of this table from others.")
    columns = fields.Char(readonly=True)
    roles = fields.Json(readonly=True, help="What each column is, by its name.")
    text = fields.Text(string="Preset", required=True, readonly=True, help="The preset as the bridge reads it (TOML).")

    _company_fingerprint = models.UniqueIndex("(company_id, fingerprint)")
