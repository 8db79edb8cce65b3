"""What happens by itself: due synchronisations, links that nobody opened, and the end of a consent."""

import logging
import time
from datetime import timedelta

from odoo import api, fields, models, modules

from .bank_bridge_connection import GROUP_SYNCHRONISE
from .bank_bridge_registration import BridgeFailure
from .connection_outcome import FIRST_RETRY, NO_LINK, NO_TROUBLE

_logger = logging.getLogger(__name__)

AT_MOST = 200
# A tick gives up early where the bridge is slow to answer: the rest has its turn in the next one.
TICK_SECONDS = 60
WARN_DAYS = (30, 14, 7, 1)
ACTIVITY = "bank_bridge.activity_consent"


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    # Synchronising

    @api.model
    def _cron_sync(self):
        """Ask the bridge for each synchronisation that is due; whatever happens to one, the others have their turn."""
        now = fields.Datetime.now()
        self.sudo()._give_up_links(now)
        due = self.sudo().search(
            [
                ("automatic", "=", True),
                ("sealed", "!=", False),
                ("state", "in", ("connected", "error")),
                ("next_sync", "<=", now),
                "|",
                ("lease_until", "=", False),
                ("lease_until", "<=", now),
                "|",
                ("setup_until", "=", False),
                ("setup_until", "<=", now),
            ],
            order="next_sync, id",
            limit=AT_MOST + 1,
        )
        enough = time.monotonic() + TICK_SECONDS
        asked = 0
        for connection in due[:AT_MOST]:
            if time.monotonic() > enough:
                break
            asked += 1
            try:
                connection._sync_by_itself(now)
            except Exception:
                _logger.exception("Bank Bridge: connection %s could not be synchronised", connection.id)
                self._rollback()
            self.env["bank.bridge.registration"]._commit()
        if asked < len(due):
            self.env.ref("bank_bridge.cron_sync")._trigger()

    def _sync_by_itself(self, now):
        if self.asked:
            # The bridge said yes to the last request, and nothing came of it.
            self._not_asked(BridgeFailure("BB-4001"))
        # Set before the call: the run may end before the bridge's answer is here.
        self.write({"asked": now, "next_sync": now + FIRST_RETRY})
        self._ask("bank.sync_start", user_ip=None)

    def _rollback(self):
        if not modules.module.current_test:
            self.env.cr.rollback()

    def _give_up_links(self, now):
        """Links whose time is over: a connection that worked before must not wait for ever."""
        for connection in self.search([("state", "=", "waiting"), ("link_expires", "<", now)]):
            if connection._is_leased(now):
                continue
            trouble = connection._in_language()._trouble({"code": "BB-2204"})
            values = {**NO_TROUBLE, **NO_LINK, "state": "error", "code_time": now, "code_run": connection.last_run}
            values.update({name: trouble[name] for name in ("code", "message", "code_args")})
            if connection.sealed and not connection.next_sync:
                values["next_sync"] = connection._after_interval(now)
            connection.write(values)
            connection._in_language()._tell([trouble])

    # Consent

    def _renew_consent(self, until):
        """The bank's consent as the provider gives it now; when it has moved, earlier warnings are void."""
        if not until or until == self.consent_until:
            return
        moved = not self.consent_until or until.date() != self.consent_until.date()
        self.write({"consent_until": until, **({"consent_warned": 0} if moved else {})})
        if moved:
            self.activity_unlink([ACTIVITY])

    @api.model
    def _cron_consent(self):
        """Warn 30, 14, 7 and 1 days before a consent ends; of warnings that were missed, only the nearest."""
        now = fields.Datetime.now()
        domain = [("state", "!=", "not_connected"), ("consent_until", ">", now)]
        for connection in self.sudo().search(domain):
            days = (connection.consent_until.date() - now.date()).days
            reached = min((each for each in WARN_DAYS if days <= each), default=None)
            if not reached or (connection.consent_warned and connection.consent_warned <= reached):
                continue
            try:
                with self.env.cr.savepoint():
                    connection._in_language()._warn_of_consent(reached)
            except Exception:
                _logger.exception("Bank Bridge: no warning of the consent of connection %s", connection.id)
            self.env["bank.bridge.registration"]._commit()

    def _warn_of_consent(self, days):
        day = fields.Date.to_string(self.consent_until.date())
        sentence = self._words("BB-2210", {"date": day})
        self.consent_warned = days
        body = f"{sentence} {self._step('BB-2210')} (BB-2210)"
        self.message_post(body=body)
        user = self._who_renews()
        if user and not self.activity_search([ACTIVITY]):
            self.activity_schedule(
                ACTIVITY,
                date_deadline=self.consent_until.date() - timedelta(days=1),
                summary=sentence,
                note=self._step("BB-2210"),
                user_id=user.id,
            )

    def _who_renews(self):
        """The responsible user, else who made the connection or pressed a button last, as long as they may do it."""
        for user in (self.user_id, self.create_uid, self.last_user_id):
            if user.active and user.has_group(GROUP_SYNCHRONISE) and self.company_id in user.company_ids:
                return user
        return self.env["res.users"]
