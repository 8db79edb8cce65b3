"""Client id and secret of a provider, on their way to the bridge. Odoo keeps the id; the secret it never stores."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.bank_bridge_connection import BY_CREDENTIALS, GROUP_CONNECT


class BankBridgeCredentialsSteps(models.AbstractModel):
    _name = "bank.bridge.credentials.steps"
    _description = "Bank Bridge: client id and secret"

    connection_id = fields.Many2one("bank.bridge.connection", readonly=True, ondelete="cascade")
    client_id = fields.Char(
        string="Client ID", compute="_compute_client_id", store=True, readonly=False, compute_sudo=False
    )
    # Not stored: saving the form hands it to the bridge.
    client_secret = fields.Char(
        string="Secret", compute="_compute_client_secret", inverse="_inverse_client_secret", exportable=False
    )
    run = fields.Char(readonly=True)

    @api.depends("connection_id")
    def _compute_client_id(self):
        for credentials in self:
            credentials.client_id = credentials.connection_id.client_id

    @api.depends("connection_id")
    def _compute_client_secret(self):
        self.client_secret = False

    def _inverse_client_secret(self):
        for credentials in self:
            secret = (credentials.client_secret or "").strip()
            if not secret:
                continue
            if credentials.connection_id.provider not in BY_CREDENTIALS or not self.env.user.has_group(GROUP_CONNECT):
                raise AccessError(self.env._("You may not do this with an online connection."))
            connection = credentials.connection_id._pressed(GROUP_CONNECT)
            connection._check_confirmed()
            connection.client_id = (credentials.client_id or "").strip()
            credentials.run = connection._connect({"client_id": connection.client_id, "client_secret": secret})
        # What was entered does not travel back to the browser either.
        self.invalidate_recordset(["client_secret"])

    @api.constrains("connection_id")
    def _check_connection(self):
        """A wizard shows nothing of a connection that its user may not see."""
        self.connection_id.sudo(False).check_access("read")

    def _handed_over(self):
        """Where the user goes once saving has handed the secret over."""
        self.ensure_one()
        self.check_access("write")
        connection = self.connection_id._pressed(GROUP_CONNECT, busy=True)
        if self.run:
            return connection._waiting_page(self.run)
        if connection.state == "error" and connection.code:
            return connection._bad_news()
        raise UserError(connection._words("BB-2211", {"provider": connection._provider_title()}))


class BankBridgeCredentials(models.TransientModel):
    _name = "bank.bridge.credentials"
    _description = "Bank Bridge: credentials of a connection"
    _inherit = "bank.bridge.credentials.steps"
    _transient_max_hours = 1

    connection_id = fields.Many2one(required=True)
    client_id = fields.Char(required=True)

    def action_connect(self):
        """By now saving has handed the secret over; the user waits for the bridge's word."""
        return self._handed_over()
