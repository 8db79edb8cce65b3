"""From an import to those of its lines that wait for a decision."""

from odoo import fields, models
from odoo.exceptions import AccessError

from .bank_bridge_connection import GROUP_READ


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    count_undecided = fields.Integer(string="To Decide", compute="_compute_count_undecided")

    def _compute_count_undecided(self):
        held = dict(
            self.env["bank.bridge.held"]._read_group(
                [("import_id", "in", self.ids), ("state", "=", "open")], ["import_id"], ["__count"]
            )
        )
        for record in self:
            record.count_undecided = held.get(record, 0)

    def action_held(self):
        self.ensure_one()
        if not any(map(self.env.user.has_group, GROUP_READ)):
            raise AccessError(self.env._("Only an accountant can see held lines."))
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("bank_bridge.action_held")
        return {**action, "domain": [("import_id", "=", self.id)]}
