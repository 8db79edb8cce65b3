"""What the bridge calls for a connection, in the order of a run: begin, keep, accounts, advance, end."""

from datetime import datetime, timedelta, timezone

from odoo import Command, api, fields, models

from .refusal import Refusal, bridge_method

# How long a link to the bank's page is good for where the provider does not say.
LINK_HOURS = 1


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    @api.model
    @bridge_method
    def bridge_connections(self):
        """The connections of the caller's companies, and which of them are due."""
        now = fields.Datetime.now()
        return {
            "connections": [
                {
                    "key": connection.key,
                    "name": connection.name,
                    "provider": connection.provider,
                    "state": connection.state,
                    "code": connection.code or None,
                    "company": connection.company_id.name,
                    "last_sync": _text(connection.last_sync),
                    "next_sync": _text(connection.next_sync),
                    "due": connection._is_due(now),
                }
                for connection in self.search(self._of_caller())
            ]
        }

    @api.model
    @bridge_method
    def bridge_begin(self, *, run, connection, kind, lease, pushed=False):
        """A run begins. Takes the lease for `lease` seconds; repeating the call renews it.

        `connection`: its key. `kind`: "sync", "accounts", "connect" or "return". `pushed`: the provider said that there is
        something new; refused where the connection is synchronised by hand only.
        Answers {"provider", "name", "company", "sealed", "sandbox", "locale", "contact", "institution": {"id", "name",
        "country"} or None, "accounts": [{"id", "reference", "currency", "source", "from", "complete_until",
        "locked_until", "journal": as in `bridge_open` or None}]}.
        """
        found = self._take_lease(connection, run, kind, lease, pushed)
        if kind == "sync":
            found._open_import(run)
            found.last_try = fields.Datetime.now()
        found.asked = False
        return {
            "provider": found.provider,
            "name": found.name,
            "company": found.company_id.name,
            "sealed": found.sealed or None,
            "sandbox": found.sandbox,
            "locale": found._locale(),
            "contact": found.contact or None,
            "institution": found._institution_json(),
            "accounts": found._accounts_json(),
        }

    @api.model
    @bridge_method
    def bridge_keep(self, *, run, lease, sealed=None):
        """The run is still at work; keeps what it gives to keep."""
        connection = self._leased(run)
        connection._keep_lease(lease, sealed)
        return {"lease_until": _text(connection.lease_until)}

    @api.model
    @bridge_method
    def bridge_link(self, *, run, lease, sealed, url, expires=None):
        """The user has to open this page of the bank or the provider."""
        connection = self._leased(run)
        connection._keep_lease(lease, sealed)
        until = self._moment(expires) or fields.Datetime.now() + timedelta(hours=LINK_HOURS)
        connection.write({"state": "waiting", "link_url": url, "link_expires": until})
        return {}

    @api.model
    @bridge_method
    def bridge_accounts(
        self, *, run, lease, accounts, institution=None, consent_until=None, sandbox=False, relinked=False, sealed=None
    ):
        """What the provider shows, whole. Answers {"accounts": those shown and in use, as in `bridge_begin`}.

        `accounts`: [{"id", "reference", "name", "holder", "currency", "balance": {"date", "amount"} or None,
        "fresh_as_of", "code", "message", "args"}]. `relinked`: after a new consent the provider may name lines anew.
        """
        connection = self._leased(run)
        connection._keep_lease(lease, sealed)
        values = {"sandbox": bool(sandbox)}
        if institution:
            values.update(
                institution_id=institution.get("id"),
                institution_name=institution.get("name"),
                country_code=institution.get("country"),
            )
        connection.write(values)
        if consent_until:
            connection._renew_consent(self._moment(consent_until))
        shown = self.env["bank.bridge.account"]._take(connection, accounts, run, relinked)
        return {"accounts": [account._as_json() for account in shown.filtered("active")]}

    @api.model
    @bridge_method
    def bridge_advance(self, *, run, lease, account, complete_until=None, sealed=None):
        """An account was read to its end although nothing was pushed."""
        connection = self._leased(run)
        found = connection._account(account)
        connection._keep_lease(lease, sealed)
        found._is_complete(complete_until)
        return {}

    @api.model
    @bridge_method
    def bridge_end(
        self,
        *,
        run,
        state,
        code=None,
        message=None,
        args=None,
        origin=None,
        counts=None,
        findings=None,
        accounts=None,
        retry_after=None,
        sealed=None,
    ):
        """The run has ended; repeating that does no harm.

        `state`: "done" or "failed". `origin`: {"provider", "class", "request"} or None. `accounts`: those that failed,
        [{"id", "code", "message", "args", "origin"}]. `retry_after`: seconds.
        """
        if self.search_count([("last_run", "=", run), *self._of_caller()], limit=1):
            return {}
        connection = self._leased(run)
        connection._keep_lease(sealed=sealed)
        failure = {"code": code, "message": message, "args": args, "origin": origin} if state != "done" else None
        connection._end(run, failure, accounts or [], retry_after, counts or {}, findings or [])
        return {}

    # What they share

    def _moment(self, text):
        """A moment of the bridge, as Odoo keeps it; None where it is none."""
        try:
            moment = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
        except ValueError:
            return None
        if moment.tzinfo:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
        return moment.replace(microsecond=0)

    def _account(self, external_id):
        accounts = self.with_context(active_test=False).account_ids
        found = accounts.filtered(lambda account: account.external_id == external_id)
        if not found:
            raise Refusal("BB-2207", provider=self._provider_title(), account=external_id)
        return found

    def _institution_json(self):
        if not self.institution_id and not self.institution_name:
            return None
        return {
            "id": self.institution_id or None,
            "name": self.institution_name or None,
            "country": self.country_code or None,
        }

    def _accounts_json(self):
        return [account._as_json() for account in self.account_ids if not account._is_gone()]

    def _open_import(self, run):
        """The run as the list of imports shows it."""
        imports = self.env["bank.bridge.import"]
        if not imports.search_count([("run", "=", run)], limit=1):
            imports.create(
                {
                    "name": self.name,
                    "run": run,
                    "source": self.provider,
                    "connection_id": self.id,
                    "user_id": self.env.uid,
                    "company_ids": [Command.set(self.company_id.ids)],
                }
            )


def _text(moment):
    return fields.Datetime.to_string(moment) if moment else None
