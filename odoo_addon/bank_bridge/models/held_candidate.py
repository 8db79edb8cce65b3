"""A transaction as a candidate of a held line: said to be the same right where it is shown."""

from odoo import models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def action_bridge_same(self):
        """The held line that shows this transaction is the same."""
        self.ensure_one()
        held = self.env["bank.bridge.held"].browse(self.env.context.get("bank_bridge_held")).exists()
        held.ensure_one()
        held.check_access("write")
        held.chosen_id = self
        return held.action_same()
