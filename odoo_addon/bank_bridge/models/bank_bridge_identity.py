"""Which lines of which bank stand in which journal: the memory that lets every transaction come in once.

An identity is the bridge's frozen name of a line. A line has one of the source that brought it, and an alias from every
other source that turned out to mean the same line. The rows are written by set-based SQL only.
"""

from odoo import fields, models
from odoo.service.model import ConcurrencyError
from odoo.tools import SQL


class BankBridgeIdentity(models.Model):
    _name = "bank.bridge.identity"
    _description = "Bank Bridge: identity of a line"
    _order = "id"
    _rec_name = "identity"
    _log_access = False

    journal_id = fields.Many2one("account.journal", required=True, readonly=True, ondelete="cascade")
    identity = fields.Char(required=True, readonly=True)
    source = fields.Char(
        required=True, readonly=True, help="Family of the format or the provider that this identity comes from."
    )
    booked_on = fields.Date(
        string="Booking Date", readonly=True, help="The bank's booking date, which the line in Odoo may have left."
    )
    # Empty only within the transaction that reserves the identity.
    line_id = fields.Many2one(
        "account.bank.statement.line", string="Transaction", readonly=True, index=True, ondelete="cascade"
    )
    import_id = fields.Many2one("bank.bridge.import", readonly=True, index="btree_not_null", ondelete="set null")
    alias = fields.Boolean(string="Matched", readonly=True, help="The line was already in Odoo, from another source.")

    date = fields.Date(related="line_id.date")
    amount = fields.Monetary(related="line_id.amount", currency_field="currency_id")
    currency_id = fields.Many2one(related="line_id.currency_id")
    partner_name = fields.Char(related="line_id.partner_name", string="Counterparty")
    payment_ref = fields.Char(related="line_id.payment_ref")
    statement_id = fields.Many2one(related="line_id.statement_id")

    # The last word, whoever races.
    _journal_identity = models.UniqueIndex("(journal_id, identity)")
    _journal_day = models.Index("(journal_id, booked_on)")

    def _known(self, journal, identities):
        """{identity: line id} of those that the journal knows."""
        self.env.cr.execute(
            SQL(
                "SELECT identity, line_id FROM bank_bridge_identity WHERE journal_id = %s AND identity = ANY(%s)",
                journal.id,
                list(identities),
            )
        )
        return dict(self.env.cr.fetchall())

    def _reserve(self, journal, source, record, rows):
        """Insert identities: `rows` of (identity, booking date, alias, line id or None).

        A transaction that raced us to one of them makes PostgreSQL fail the serialisation, upon which Odoo runs the
        call again; then it is a duplicate.
        """
        if not rows:
            return
        identities, days, aliases, lines = (list(column) for column in zip(*rows))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO bank_bridge_identity (journal_id, source, import_id, identity, booked_on, alias, line_id)
                     SELECT %s, %s, %s, * FROM unnest(%s::varchar[], %s::date[], %s::boolean[], %s::integer[])
                ON CONFLICT (journal_id, identity) DO NOTHING
                """,
                journal.id,
                source,
                record.id or None,
                identities,
                days,
                aliases,
                lines,
            ),
            log_exceptions=False,
        )
        if self.env.cr.rowcount != len(rows):
            raise ConcurrencyError("bank.bridge.identity")
        self.invalidate_model()

    def _attach(self, journal, identities, lines):
        """Give reserved identities their lines."""
        if not identities:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE bank_bridge_identity AS known
                   SET line_id = given.line
                  FROM unnest(%s::varchar[], %s::integer[]) AS given(identity, line)
                 WHERE known.journal_id = %s AND known.identity = given.identity
                """,
                list(identities),
                list(lines),
                journal.id,
            )
        )
        self.invalidate_model()


class BankBridgeTurn(models.Model):
    """One row a journal, changed by every push: two transactions that write to one journal at the same time cannot both
    commit, so the second starts anew and sees what the first has written. The unique index alone would not tell that
    two sources bring one transaction under two names."""

    _name = "bank.bridge.turn"
    _description = "Bank Bridge: whose turn it is to write to a journal"
    _log_access = False

    journal_id = fields.Many2one("account.journal", required=True, readonly=True, ondelete="cascade")
    pushes = fields.Integer(required=True, readonly=True, default=0)

    _journal = models.UniqueIndex("(journal_id)")

    def _take(self, journal):
        """Wait for the journal until this transaction ends."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO bank_bridge_turn AS turn (journal_id, pushes) VALUES (%s, 1)
                ON CONFLICT (journal_id) DO UPDATE SET pushes = turn.pushes + 1
                """,
                journal.id,
            ),
            # That another push was first is no error: Odoo runs this call again.
            log_exceptions=False,
        )
