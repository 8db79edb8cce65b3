"""Confirms the contact of a connection, then goes on with the button that asked for it."""

from odoo import fields, models
from odoo.exceptions import UserError


class BankBridgeContact(models.TransientModel):
    _name = "bank.bridge.contact"
    _description = "Bank Bridge: confirm a contact"
    _inherit = "bank.bridge.contact.steps"
    _transient_max_hours = 1

    connection_id = fields.Many2one(required=True)
    purpose = fields.Selection(
        [("connect", "Connect"), ("sync", "Synchronise")], required=True, readonly=True, default="connect"
    )

    def action_send(self):
        self._check_mine()
        self._send_code()
        return self._again()

    def action_change(self):
        """Another contact than the one that the code went to."""
        self._check_mine()
        self.write({"sent_to": False, "problem": False})
        return self._again()

    def action_confirm(self):
        """By now saving has tried the code."""
        connection = self._connection()
        if not connection._is_confirmed():
            if not self.problem:
                raise UserError(self.env._("Enter the code that was sent to %s.", self.sent_to or self.contact))
            return self._again()
        connection = self.connection_id
        return connection.action_connect() if self.purpose == "connect" else connection.action_sync()

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm Your Contact"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }
