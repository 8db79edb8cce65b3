"""Bank statements made by hand, for which Community has no screen."""

from odoo import api, fields, models


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    # Odoo takes the journal from the lines. A new statement has none yet: it is chosen first and handed to the lines.
    journal_id = fields.Many2one(readonly=False, domain=[("type", "in", ("bank", "cash", "credit"))])

    @api.depends("create_date")
    def _compute_name(self):
        # Odoo would call a statement that is not saved yet "Statement None".
        saved = self.filtered("create_date")
        super(AccountBankStatement, saved)._compute_name()
        for statement in self - saved:
            statement.name = statement.name

    @api.model_create_multi
    def create(self, vals_list):
        """A name left empty is made up by Odoo from journal and date."""
        return super().create(
            [{name: value for name, value in vals.items() if name != "name" or value} for vals in vals_list]
        )

    @api.depends("line_ids.journal_id")
    def _compute_journal_id(self):
        with_lines = self.filtered(lambda statement: statement.line_ids.journal_id)
        super(AccountBankStatement, with_lines)._compute_journal_id()
        for statement in self - with_lines:
            statement.journal_id = statement.journal_id
