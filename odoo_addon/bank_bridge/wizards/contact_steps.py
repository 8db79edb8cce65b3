"""A contact and the one-time code that confirms it, as the steps of a wizard."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.bank_bridge_connection import GROUP_CONNECT


class BankBridgeContactSteps(models.AbstractModel):
    _name = "bank.bridge.contact.steps"
    _description = "Bank Bridge: steps that confirm a contact"

    connection_id = fields.Many2one("bank.bridge.connection", readonly=True, ondelete="cascade")
    contact = fields.Char(
        string="Phone or E-mail",
        compute="_compute_contact",
        store=True,
        readonly=False,
        compute_sudo=False,
        help="A code is sent there. It secures the account at the provider.",
    )
    sent_to = fields.Char(readonly=True)
    # Not stored: saving the form tries it.
    code = fields.Char(compute="_compute_code", inverse="_inverse_code", exportable=False)
    problem = fields.Char(readonly=True)

    @api.depends("connection_id")
    def _compute_contact(self):
        for steps in self:
            steps.contact = steps.connection_id.contact or steps.contact or self.env.user.email

    @api.depends("connection_id")
    def _compute_code(self):
        self.code = False

    def _inverse_code(self):
        for steps in self:
            entered = "".join(character for character in steps.code or "" if character.isdecimal())
            if not entered:
                continue
            connection = steps._connection()
            contact, problem = self.env["bank.bridge.code"].sudo()._check(connection, entered)
            steps.problem = problem
            if contact:
                connection._confirm_contact(contact)
        self.invalidate_recordset(["code"])

    @api.constrains("connection_id")
    def _check_connection(self):
        """A wizard shows nothing of a connection that its user may not see."""
        self.connection_id.sudo(False).check_access("read")

    def _send_code(self):
        self.sent_to = self.env["bank.bridge.code"].sudo()._send(self._connection(), self.contact)
        self.problem = False

    def _check_mine(self):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_CONNECT):
            raise AccessError(self.env._("You may not do this with an online connection."))
        self.check_access("write")

    def _connection(self, busy=False):
        """The connection beyond access rights, after checking them."""
        self._check_mine()
        if not self.connection_id:
            raise UserError(self.env._("Choose your bank first."))
        return self.connection_id._pressed(GROUP_CONNECT, busy=busy)
