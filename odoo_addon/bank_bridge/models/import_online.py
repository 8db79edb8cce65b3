"""What an online connection's run has of its own among imports: its lease, its journals, its statements."""

from datetime import date, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import fields, models

from .refusal import Refusal

LONG_AGO = date(1900, 1, 1)


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    connection_id = fields.Many2one(
        "bank.bridge.connection", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def _online(self, run, lease, advance):
        """The part of a push that concerns its connection; None for a file."""
        record = self._of_run(run)
        if not record.connection_id:
            return None
        connection = record.connection_id._leased(run)
        advance = advance or {}
        account = connection._account(advance["account"]) if advance else None
        return OnlinePush(connection, lease or advance.get("lease"), account, advance)

    def _journals(self):
        """Where this run may write."""
        return self.journal_ids | self.connection_id.account_ids.journal_id

    def _closed_until(self, journal):
        """The last day on which Odoo would not book there, as text, or None."""
        violated = journal.company_id._get_violated_lock_dates(LONG_AGO, False, journal)
        return fields.Date.to_string(violated[-1][0]) if violated else None

    # Statements

    def _statement_name(self, journal, statement, ordered):
        """Online statements have no number: they are named after the moment of their run."""
        if not self.connection_id:
            return super()._statement_name(journal, statement, ordered)
        connection = self.connection_id
        name = connection.last_user_id.tz or connection.company_id.partner_id.tz or "UTC"
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            zone = timezone.utc
        started = self.started.replace(tzinfo=timezone.utc).astimezone(zone)
        return f"{journal.code} {started:%Y-%m-%d %H:%M}"

    def _with_first_balance(self, journal, statement, ordered):
        """In a journal that was empty, the bank's balance closes the first statement, so that its opening is right."""
        balance = statement.get("balance")
        if not self.connection_id or not balance:
            return statement
        others = [("journal_id", "=", journal.id), ("id", "not in", ordered.ids)]
        if ordered.statement_id or self.env["account.bank.statement.line"].search_count(others, limit=1):
            return statement
        return {**statement, "closing": balance}


class OnlinePush:
    """One batch of an online run: checked before anything is written, kept with it."""

    def __init__(self, connection, seconds, account, advance):
        self.connection = connection
        self.seconds = seconds
        self.account = account
        self.given = advance

    def check(self, journal, lines):
        """What `bridge_open` checks of a file; somebody may have changed the journal since the run began."""
        imports = self.connection.env["bank.bridge.import"]
        imports._check_currency(journal, {line["currency"] for line in lines} - {None, ""})
        if not journal.suspense_account_id:
            raise Refusal("BB-4105", journal=journal.code)

    def keep(self, record, journal):
        self.connection._keep_lease(self.seconds)
        if journal not in record.journal_ids:
            record.journal_ids |= journal

    def advance(self):
        if self.account:
            self.connection._keep_lease(sealed=self.given.get("sealed"))
            self.account._is_complete(self.given.get("complete_until"))
