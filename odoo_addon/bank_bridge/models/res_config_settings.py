"""Address, token and Connect on the settings page. The settings' own table never holds the token."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

SYSTEM = "base.group_system"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    bank_bridge_address = fields.Char(
        string="Address", compute="_compute_bank_bridge", inverse="_inverse_bank_bridge_address", groups=SYSTEM
    )
    bank_bridge_token = fields.Char(
        string="Token",
        compute="_compute_bank_bridge_token",
        inverse="_inverse_bank_bridge_token",
        groups=SYSTEM,
        exportable=False,
    )
    bank_bridge_has_token = fields.Boolean(compute="_compute_bank_bridge", groups=SYSTEM)
    bank_bridge_state = fields.Selection(
        selection=lambda self: self.env["bank.bridge.registration"]._fields["state"]._description_selection(self.env),
        compute="_compute_bank_bridge",
        groups=SYSTEM,
    )
    bank_bridge_code = fields.Char(compute="_compute_bank_bridge", groups=SYSTEM)
    bank_bridge_message = fields.Char(compute="_compute_bank_bridge", groups=SYSTEM)
    bank_bridge_support_line = fields.Char(string="For Support", compute="_compute_bank_bridge", groups=SYSTEM)
    bank_bridge_version = fields.Char(compute="_compute_bank_bridge", groups=SYSTEM)
    bank_bridge_key_expiry = fields.Datetime(string="Key Valid Until", compute="_compute_bank_bridge", groups=SYSTEM)

    @api.depends("company_id")
    def _compute_bank_bridge(self):
        registration = self.env["bank.bridge.registration"]._get()
        for settings in self:
            settings.bank_bridge_address = registration.address
            settings.bank_bridge_has_token = bool(registration.token)
            settings.bank_bridge_state = registration.state
            settings.bank_bridge_code = registration.code
            settings.bank_bridge_message = registration.message
            settings.bank_bridge_support_line = self._support_line(registration)
            settings.bank_bridge_version = registration.bridge_version
            settings.bank_bridge_key_expiry = registration.key_expiry

    def _support_line(self, registration):
        """What support wants to know of a failed registration, in one line; it was last written when it failed."""
        version = registration.bridge_version
        parts = [registration.code, "registration", version and f"bank-bridge {version}"]
        parts.append(f"{registration.write_date:%Y-%m-%d %H:%M} UTC")
        return " · ".join(filter(None, parts)) if registration.code else False

    @api.depends("company_id")
    def _compute_bank_bridge_token(self):
        # What is stored never travels to a browser.
        self.bank_bridge_token = False

    def _inverse_bank_bridge_address(self):
        registration = self.env["bank.bridge.registration"]._get()
        for settings in self:
            address = (settings.bank_bridge_address or "").strip()
            if address != (registration.address or ""):
                registration.address = address

    def _inverse_bank_bridge_token(self):
        for settings in self:
            if settings.bank_bridge_token:
                self.env["bank.bridge.registration"]._get().token = settings.bank_bridge_token.strip()

    def action_bank_bridge_connect(self):
        self._check_bank_bridge_administrator()
        self.env["bank.bridge.registration"]._get()._connect()
        return {"type": "ir.actions.client", "tag": "reload"}

    def action_bank_bridge_disconnect(self):
        self._check_bank_bridge_administrator()
        self.env["bank.bridge.registration"]._get()._disconnect()
        return {"type": "ir.actions.client", "tag": "reload"}

    def _check_bank_bridge_administrator(self):
        if not self.env.user.has_group(SYSTEM):
            raise AccessError(self.env._("Only an administrator of Odoo can connect a bridge."))
