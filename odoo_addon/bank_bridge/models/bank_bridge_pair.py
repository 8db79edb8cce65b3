"""Two transactions that look alike and are two all the same: somebody said so, and is not asked again."""

from odoo import fields, models
from odoo.tools import SQL


class BankBridgePair(models.Model):
    _name = "bank.bridge.pair"
    _description = "Bank Bridge: two transactions that are no duplicates"
    _order = "id"

    journal_id = fields.Many2one("account.journal", required=True, readonly=True, ondelete="cascade", index=True)
    # The one with the lower id first.
    line_id = fields.Many2one("account.bank.statement.line", required=True, readonly=True, ondelete="cascade")
    other_id = fields.Many2one(
        "account.bank.statement.line", required=True, readonly=True, ondelete="cascade", index=True
    )

    _lines = models.UniqueIndex("(line_id, other_id)")

    def _remember(self, line, other):
        first, second = sorted((line, other), key=lambda one: one.id)
        known = self.search([("line_id", "=", first.id), ("other_id", "=", second.id)])
        return known or self.create({"journal_id": line.journal_id.id, "line_id": first.id, "other_id": second.id})

    def _hand_over(self, gone, kept):
        """What was said of a line that goes holds for the one that stays."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO bank_bridge_pair (journal_id, line_id, other_id, create_uid, create_date)
                     SELECT journal_id, LEAST(other, %(kept)s), GREATEST(other, %(kept)s), create_uid, create_date
                       FROM (SELECT *, CASE WHEN line_id = %(gone)s THEN other_id ELSE line_id END AS other
                               FROM bank_bridge_pair WHERE %(gone)s IN (line_id, other_id)) AS said
                      WHERE other <> %(kept)s
                ON CONFLICT (line_id, other_id) DO NOTHING
                """,
                gone=gone.id,
                kept=kept.id,
            )
        )
        self.invalidate_model()
