"""The buttons of a connection: each asks the bridge for a run, which answers at once and works on by itself."""

from urllib.parse import urlencode

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from .bank_bridge_connection import BY_CREDENTIALS, GROUP_CONNECT, GROUP_SYNCHRONISE
from .bank_bridge_registration import BridgeFailure
from .connection_outcome import NO_LINK, NO_TROUBLE

PARAMETERS_AT_MOST = 20
PARAMETER_LENGTH = 2000


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    def action_connect(self):
        """Connect, or renew the credentials or the consent: by client id and secret, or on the bank's own page."""
        connection = self._pressed(GROUP_CONNECT)
        if not connection._is_confirmed():
            return connection._ask_contact("connect")
        if connection.provider in BY_CREDENTIALS:
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Credentials of %s", connection.name),
                "res_model": "bank.bridge.credentials",
                "view_mode": "form",
                "views": [[False, "form"]],
                "target": "new",
                "context": {"default_connection_id": connection.id, "dialog_size": "medium"},
            }
        run = connection._connect()
        return connection._waiting_page(run) if run else connection._bad_news()

    def action_fetch_accounts(self):
        connection = self._pressed(GROUP_SYNCHRONISE)
        connection._check_linked()
        run = connection._ask("bank.accounts", user_ip=connection._user_ip())
        return connection._good_news(self.env._("The accounts are being fetched.")) if run else connection._bad_news()

    def action_sync(self):
        connection = self._pressed(GROUP_SYNCHRONISE)
        connection._check_linked()
        if not connection.contact_verified:
            return connection._ask_contact("sync")
        run = connection._ask("bank.sync_start", user_ip=connection._user_ip())
        return connection._good_news(self.env._("The synchronisation has begun.")) if run else connection._bad_news()

    def action_disconnect(self):
        """Forget what the bridge gave to keep. Accounts, journals and lines stay."""
        connection = self._pressed(GROUP_CONNECT, busy=True)
        connection._forget()
        connection._in_language()._tell([])
        return True

    def _forget(self):
        """The bridge loses its access; a run that is at work finds its lease gone."""
        self._overtake()
        self.write(
            {
                **NO_TROUBLE,
                **NO_LINK,
                "sealed": False,
                "state": "not_connected",
                "next_sync": False,
                "asked": False,
                "failures": 0,
                "consent_until": False,
                "consent_warned": 0,
            }
        )
        self.activity_unlink(["bank_bridge.activity_consent"])

    # What they share

    def _pressed(self, group, busy=False):
        """The connection beyond access rights, after checking who pressed the button."""
        self.ensure_one()
        if not self.env.user.has_group(group):
            raise AccessError(self.env._("You may not do this with an online connection."))
        self.check_access("read")
        connection = self.sudo()
        if not busy and connection._is_leased(fields.Datetime.now()):
            until = fields.Datetime.to_string(connection.lease_until) + " UTC"
            raise UserError(self._words("BB-4202", {"until": until}) + " (BB-4202)")
        connection.last_user_id = self.env.user
        return connection

    def _check_linked(self):
        if not self.sealed:
            raise UserError(self._words("BB-4204") + " " + self._step("BB-4204") + " (BB-4204)")

    def _user_ip(self):
        """Where the user's browser is, for banks that want to know that their customer is there."""
        return request.httprequest.remote_addr if request else None

    def _ask(self, method, **further):
        """Have the bridge begin a run: its id, or None where it cannot, which the connection shows then."""
        registration = self.env["bank.bridge.registration"]
        try:
            answer = registration._call(method, {"connection": self.key, "provider": self.provider, **further})
            run = answer.get("run")
            if not isinstance(run, str) or not run:
                raise BridgeFailure("BB-1023", address=registration._get().address)
        except BridgeFailure as failure:
            self.asked = False
            self._not_asked(failure)
            return None
        return run

    def _connect(self, credentials=None):
        # The page of an earlier attempt leads nowhere any more.
        self.write(NO_LINK)
        base = self.get_base_url()
        return_to = f"{base}/bank_bridge/return" + (f"?key={self.key}" if self.provider == "saltedge" else "")
        return self._ask(
            "bank.connect",
            return_to=return_to,
            credentials=credentials,
            institution=self._institution_json(),
            contact=self.contact or None,
            locale=self._locale(),
            user_ip=self._user_ip(),
        )

    def _come_back(self, parameters):
        """The bank has sent the user back: the bridge reads from these parameters how it went."""
        return self._ask("bank.connect_return", parameters=parameters, user_ip=self._user_ip())

    # Where the user goes next

    def _waiting_page(self, run, back=False):
        query = {"run": run, **({"back": 1} if back else {})}
        url = f"/bank_bridge/connect/{self.key}?{urlencode(query)}"
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _form_url(self):
        return f"/odoo/action-bank_bridge.action_connection/{self.id}"

    def _good_news(self, text):
        return self._news("success", text)

    def _bad_news(self):
        return self._news("danger", f"{self.message} ({self.code})")

    def _news(self, kind, text):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": text,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
