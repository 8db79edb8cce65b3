"""Which run is at work on a connection: one at a time, for as long as its lease lasts."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from .refusal import Refusal

LONGEST_SECONDS = 3600


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    def _of_caller(self):
        return [("company_id", "in", self.env.user.company_ids.ids)]

    def _take_lease(self, key, run, kind, seconds, pushed=False):
        """The connection of that key, with a lease for this run; refuses while another run is at work."""
        connection = self.search([("key", "=", key), *self._of_caller()])
        if not connection:
            raise Refusal("BB-4201", connection=key)
        now = fields.Datetime.now()
        # NO KEY: that another transaction writes an account or a message of the connection is no reason to skip it.
        # While somebody waits for his bank's page, whoever writes the connection is waited for: Odoo then runs the call
        # again, with what was written.
        skip = SQL() if kind in ("connect", "return") else SQL("SKIP LOCKED")
        self.env.cr.execute(
            SQL("SELECT id FROM bank_bridge_connection WHERE id = %s FOR NO KEY UPDATE %s", connection.id, skip),
            log_exceptions=False,
        )
        locked = self.env.cr.fetchone()
        connection.invalidate_recordset()
        if not locked or (connection._is_leased(now) and connection.lease_run != run):
            until = max(connection.lease_until or now, now)
            raise Refusal("BB-4202", until=fields.Datetime.to_string(until))
        record = self.env["bank.bridge.import"].search([("run", "=", run)])
        if connection.last_run == run or (record and (record.connection_id != connection or record.state != "running")):
            # A late repetition of a run that has ended.
            raise Refusal("BB-4012", run=run)
        if kind in ("sync", "accounts") and not connection.sealed:
            # Disconnected since the run was asked for, or pushed by a provider that does not know of it.
            raise Refusal("BB-4204")
        if pushed and not connection.automatic:
            raise Refusal("BB-4206")
        if connection.lease_run != run:
            connection._overtake()
        connection.write({"lease_run": run, "lease_kind": kind, **connection._lease(seconds)})
        return connection

    def _lease(self, seconds):
        seconds = max(1, min(int(seconds), LONGEST_SECONDS))
        return {"lease_until": fields.Datetime.now() + timedelta(seconds=seconds)}

    def _leased(self, run):
        """The connection on which this run is at work, locked until the transaction ends. An expired lease that no
        other run has taken still counts."""
        connection = self.search([("lease_run", "=", run), *self._of_caller()], limit=1) if run else self.browse()
        if connection:
            # Waits for who changes it at this moment; after that Odoo runs the call again, with what was changed.
            self.env.cr.execute(
                SQL("SELECT id FROM bank_bridge_connection WHERE id = %s FOR NO KEY UPDATE", connection.id),
                log_exceptions=False,
            )
        if not connection:
            raise Refusal("BB-4203")
        return connection

    def _keep_lease(self, seconds=None, sealed=None):
        """Renew the lease, and keep what the bridge gave to keep."""
        values = self._lease(seconds) if seconds is not None else {}
        if sealed is not None:
            values["sealed"] = sealed
        if values:
            self.write(values)

    def _overtake(self):
        """The run that held the lease is not coming back, or has lost its right to."""
        for connection in self.filtered("lease_run"):
            record = self.env["bank.bridge.import"].search(
                [("run", "=", connection.lease_run), ("state", "=", "running")]
            )
            record.write(
                {
                    "state": "failed",
                    "code": "BB-4203",
                    "message": connection._in_language()._words("BB-4203"),
                    "ended": fields.Datetime.now(),
                }
            )
            connection.write({"lease_run": False, "lease_until": False, "lease_kind": False})
