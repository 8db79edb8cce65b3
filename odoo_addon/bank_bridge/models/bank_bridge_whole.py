"""Entries of a bank that stand in a journal as several lines, one for each payment in them.

Another file may give such an entry as one line. A part of it is known by its own identity and by that of its whole
entry, so that the same money is recognised in both shapes. The rows are written by set-based SQL only.
"""

from odoo import fields, models
from odoo.tools import SQL


class BankBridgeWhole(models.Model):
    _name = "bank.bridge.whole"
    _description = "Bank Bridge: entry that stands as several lines"
    _order = "id"
    _rec_name = "identity"
    _log_access = False

    journal_id = fields.Many2one("account.journal", required=True, readonly=True, ondelete="cascade")
    identity = fields.Char(required=True, readonly=True, help="The identity that the entry would have as one line.")
    booked_on = fields.Date(string="Booking Date", required=True, readonly=True)
    line_id = fields.Many2one(
        "account.bank.statement.line",
        string="Transaction",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )

    _journal_identity_line = models.UniqueIndex("(journal_id, identity, line_id)")
    _journal_day = models.Index("(journal_id, booked_on)")

    def _lines(self, journal, identities):
        """{identity: [line ids, oldest first]} of those entries that stand as several lines."""
        self.env.cr.execute(
            SQL(
                """
                SELECT identity, array_agg(line_id ORDER BY id) FROM bank_bridge_whole
                 WHERE journal_id = %s AND identity = ANY(%s) GROUP BY identity
                """,
                journal.id,
                list(identities),
            )
        )
        return dict(self.env.cr.fetchall())

    def _remember(self, journal, rows):
        """`rows` of (identity, booking date, line id); what is known already stays."""
        if not rows:
            return
        identities, days, lines = (list(column) for column in zip(*rows))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO bank_bridge_whole (journal_id, identity, booked_on, line_id)
                     SELECT %s, * FROM unnest(%s::varchar[], %s::date[], %s::integer[])
                ON CONFLICT (journal_id, identity, line_id) DO NOTHING
                """,
                journal.id,
                identities,
                days,
                lines,
            )
        )
        self.invalidate_model()

    def _from_elsewhere(self, journal, family, days, places):
        """Entries of these days that stand as several lines, none of them of this source: {identity: (day, amount as
        text, [line ids])}."""
        self.env["account.bank.statement.line"].flush_model(["journal_id", "amount"])
        self.env["account.move"].flush_model(["state"])
        self.env.cr.execute(
            SQL(
                """
                SELECT whole.identity, min(whole.booked_on)::text, ROUND(sum(line.amount), %(places)s)::text,
                       array_agg(line.id ORDER BY whole.id)
                  FROM bank_bridge_whole whole
                  JOIN account_bank_statement_line line ON line.id = whole.line_id
                  JOIN account_move move ON move.id = line.move_id
                 WHERE whole.journal_id = %(journal)s AND whole.booked_on = ANY(%(days)s::date[])
              GROUP BY whole.identity
                HAVING count(*) > 1 AND bool_and(move.state <> 'cancel')
                   AND NOT bool_or(EXISTS (
                       SELECT FROM bank_bridge_identity known
                        WHERE known.line_id = line.id AND known.source = %(family)s))
              ORDER BY min(whole.id)
                """,
                journal=journal.id,
                family=family,
                days=days,
                places=places,
            )
        )
        return {identity: (day, amount, lines) for identity, day, amount, lines in self.env.cr.fetchall()}
