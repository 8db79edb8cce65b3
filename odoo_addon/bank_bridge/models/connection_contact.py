"""The contact that secures a connection: confirmed by a one-time code before connecting, and each time anew."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from .bank_bridge_connection import GROUP_CONNECT

# So that closing a dialogue on the way does not cost a second code.
GOOD_FOR = timedelta(minutes=30)


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    contact_verified = fields.Datetime(string="Contact Confirmed On", readonly=True, copy=False)
    contact_verified_by = fields.Many2one("res.users", string="Contact Confirmed By", readonly=True, copy=False)

    def write(self, vals):
        """Another contact is one that nobody has confirmed."""
        changed = self.browse()
        if "contact" in vals and "contact_verified" not in vals:
            changed = self.filtered(lambda one: (one.contact or "") != (vals["contact"] or ""))
        result = super().write(vals)
        if changed:
            changed.sudo().write({"contact_verified": False, "contact_verified_by": False})
        return result

    def _is_confirmed(self):
        """Has this user confirmed the contact a short while ago?"""
        return bool(
            self.contact
            and self.contact_verified
            and self.contact_verified_by == self.env.user
            and self.contact_verified > fields.Datetime.now() - GOOD_FOR
        )

    def _check_confirmed(self):
        if not self._is_confirmed():
            raise UserError(
                self.env._("Confirm the phone number or the e-mail address first: press Update Credentials.")
            )

    def _confirm_contact(self, contact):
        """By now a code has shown that the contact is the user's."""
        self.write({"contact": contact, "contact_verified": fields.Datetime.now(), "contact_verified_by": self.env.uid})
        self.message_post(body=self.env._("%(user)s confirmed %(contact)s.", user=self.env.user.name, contact=contact))

    def _ask_contact(self, purpose):
        """The dialogue that confirms the contact and then goes on with what was pressed."""
        if not self.env.user.has_group(GROUP_CONNECT):
            raise UserError(
                self.env._(
                    "The phone number or e-mail address of this connection was never confirmed. Ask an accounting"
                    " administrator to press Update Credentials."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm Your Contact"),
            "res_model": "bank.bridge.contact",
            "view_mode": "form",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_connection_id": self.id, "default_purpose": purpose, "dialog_size": "medium"},
        }
