"""A connection while its wizard is open: it is read by itself only once its user has chosen the journals."""

from datetime import timedelta

from odoo import fields, models

from .bank_bridge_connection import GROUP_CONNECT, GROUP_SYNCHRONISE
from .refusal import Refusal

# A wizard that was left does not keep transactions out for ever.
WAITS_FOR = timedelta(hours=12)


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    setup_until = fields.Datetime(
        readonly=True, copy=False, help="Until then it is read on demand only: its wizard is open."
    )

    last_way_run = fields.Char(readonly=True, copy=False, help="The run that connected last, or tried to.")

    def _end(self, run, failure, failed_accounts, retry_after, counts, findings):
        """A synchronisation may begin and end before the user's browser has asked again."""
        if self.lease_kind in ("connect", "return"):
            self.last_way_run = run
        return super()._end(run, failure, failed_accounts, retry_after, counts, findings)

    def action_continue_setup(self):
        """The wizard, at the step that is next."""
        self._pressed(GROUP_CONNECT, busy=True)
        setup = self._open_setup() or self.env["bank.bridge.setup"]._of_connection(self)
        setup._arrive()
        return setup._shown()

    def action_sync(self):
        """Who synchronises has chosen."""
        connection = self._pressed(GROUP_SYNCHRONISE)
        if connection.contact_verified:
            # Before the bridge is asked, which begins at once.
            connection.setup_until = False
        return super().action_sync()

    def _is_in_setup(self, now):
        return bool(self.setup_until and self.setup_until > now)

    def _is_due(self, now):
        return super()._is_due(now) and not self._is_in_setup(now)

    def _take_lease(self, key, run, kind, seconds, pushed=False):
        if pushed and self.search([("key", "=", key), *self._of_caller()])._is_in_setup(fields.Datetime.now()):
            raise Refusal("BB-4206")
        return super()._take_lease(key, run, kind, seconds, pushed)

    def _open_setup(self):
        """The wizard that this user has open for it."""
        setups = self.env["bank.bridge.setup"].sudo(False)
        if not setups.has_access("read"):
            return setups
        mine = [("connection_id", "=", self.id), ("create_uid", "=", self.env.uid), ("state", "!=", "done")]
        return setups.search(mine, order="id desc", limit=1)

    def _landing_url(self):
        """Where the user goes when he is back from the bank: to the wizard that sent him, else to the connection."""
        setup = self._open_setup()
        if not setup:
            return self._form_url()
        setup._arrive()
        return f"/odoo/action-bank_bridge.action_setup/{setup.id}"
