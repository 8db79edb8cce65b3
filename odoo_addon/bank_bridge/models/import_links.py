"""From an import to what it brought: lines and statements."""

from odoo import models


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    def action_lines(self):
        """The lines that this import brought or recognised."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Transactions"),
            "res_model": "account.bank.statement.line",
            "views": [[self.env.ref("bank_bridge.transaction_list").id, "list"]],
            "view_mode": "list",
            "domain": [("id", "in", self.identity_ids.line_id.ids)],
            "context": {"create": False},
        }

    def action_statements(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("bank_bridge.action_statement")
        return {**action, "domain": [("id", "in", self.statement_ids.ids)], "context": {"create": False}}
