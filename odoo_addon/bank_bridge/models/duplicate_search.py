"""Which transactions of a journal may have come in twice: one query over whole periods, without loading a line.

Only lines of different sources can be one payment. A source that names two lines apart says that they are two, so those
are told by a person only. Lines entered by hand have no source.
"""

from datetime import date, timedelta

from odoo import models
from odoo.tools import SQL

# Pairs shown, and pairs looked at before the likeliest of them are chosen.
PAIRS_AT_MOST = 500
LOOKED_AT_AT_MOST = 2_000_000
SURE, LIKELY, POSSIBLE, TWO = "sure", "likely", "possible", "two"
# For lines that another module brought from a bank: it named them, we do not know in which format.
ANOTHER_MODULE = "another"

# Letters and digits in capitals; the counterparty's account as in `recognition.account_key`.
KEY = "UPPER(REGEXP_REPLACE(COALESCE({0}, ''), '[\\W_]+', '', 'g'))"
ACCOUNT_KEY = SQL(
    "REGEXP_REPLACE(%s, '^BE\\d\\d(\\d{12})$', '\\1')",
    SQL(KEY.format("COALESCE(NULLIF(line.account_number, ''), bank.sanitized_acc_number)")),
)


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _bridge_sources(self):
        """{line id: [families of the sources that brought it or were recognised as it]}."""
        self.env.cr.execute(
            SQL(
                """
                SELECT line.id, ARRAY_REMOVE(ARRAY_AGG(DISTINCT COALESCE(known.source, %s)), NULL)
                  FROM account_bank_statement_line line
             LEFT JOIN bank_bridge_identity known ON known.line_id = line.id
                 WHERE line.id = ANY(%s) GROUP BY line.id
                """,
                self._bridge_another_module(),
                self.ids,
            )
        )
        return dict(self.env.cr.fetchall())

    def _bridge_another_module(self):
        """The source of a line without an identity of ours."""
        if "unique_import_id" not in self._fields:
            return SQL("NULL::varchar")
        return SQL("CASE WHEN line.unique_import_id IS NULL THEN NULL::varchar ELSE %s::varchar END", ANOTHER_MODULE)

    def _bridge_find_duplicates(self, journals, first, last, days, within_source=False):
        """[(verdict, line id, id of the later one)], the likeliest first; one more than are shown tells that there are
        more.

        One text is the key of a place where the other one may be: with several columns PostgreSQL, which cannot know how
        few lines share all of them, compares all lines of an amount with each other.
        """
        self._bridge_flush_for_duplicates()
        self.env.cr.execute(
            SQL(
                """
                WITH lines AS MATERIALIZED (
                    SELECT line.id, line.journal_id, ROUND(line.amount, currency.decimal_places) AS amount,
                           COALESCE(MIN(known.booked_on), move.date) AS day,
                           ARRAY_REMOVE(ARRAY_AGG(DISTINCT COALESCE(known.source, %(another)s)), NULL) AS sources,
                           %(account)s AS account, %(text)s AS text
                      FROM account_bank_statement_line line
                      JOIN account_move move ON move.id = line.move_id
                      JOIN res_currency currency ON currency.id = line.currency_id
                 LEFT JOIN res_partner_bank bank ON bank.id = move.partner_bank_id
                 LEFT JOIN bank_bridge_identity known ON known.line_id = line.id
                     WHERE line.journal_id = ANY(%(journals)s) AND move.state = 'posted' AND line.amount <> 0
                       AND line.internal_index >= %(first)s AND line.internal_index < %(after)s
                  GROUP BY line.id, move.date, currency.decimal_places, bank.sanitized_acc_number
                ), alike AS MATERIALIZED (
                    SELECT * FROM (SELECT *, COUNT(*) OVER (PARTITION BY journal_id, amount) AS often FROM lines) each
                     WHERE often > 1
                ), sources AS MATERIALIZED (
                    SELECT DISTINCT sources FROM alike
                ), apart AS MATERIALIZED (
                    SELECT one.sources AS one, two.sources AS two, days, one.sources && two.sources AS same
                      FROM sources one CROSS JOIN sources two CROSS JOIN GENERATE_SERIES(-%(days)s, %(days)s) AS days
                     WHERE %(within)s OR NOT one.sources && two.sources
                ), first AS MATERIALIZED (
                    SELECT alike.*, apart.days, apart.same,
                           CONCAT_WS('/', journal_id, amount, day + apart.days, apart.two) AS key
                      FROM alike JOIN apart ON apart.one = alike.sources
                ), second AS MATERIALIZED (
                    SELECT *, CONCAT_WS('/', journal_id, amount, day, sources) AS key FROM alike
                ), pairs AS (
                    SELECT one.id AS one, two.id AS two, one.day,
                           CASE WHEN one.same
                                  OR (one.account <> '' AND two.account <> '' AND one.account <> two.account) THEN 3
                                WHEN (one.account <> '' AND one.account = two.account)
                                  OR (one.text <> '' AND one.text = two.text)
                                THEN CASE WHEN one.days = 0 THEN 0 ELSE 1 END
                                WHEN one.days = 0 THEN 1 ELSE 2 END AS rank
                      FROM first one
                      JOIN second two ON two.key = one.key AND two.id > one.id
                     WHERE NOT EXISTS (SELECT FROM bank_bridge_pair said
                                        WHERE said.line_id = one.id AND said.other_id = two.id)
                     LIMIT %(looked_at)s
                )
                SELECT rank, one, two FROM pairs ORDER BY rank, day DESC, one, two LIMIT %(at_most)s
                """,
                another=self._bridge_another_module(),
                journals=journals.ids,
                first=first.strftime("%Y%m%d"),
                after=((last or date.max - timedelta(days=1)) + timedelta(days=1)).strftime("%Y%m%d"),
                days=days,
                within=within_source,
                looked_at=LOOKED_AT_AT_MOST,
                at_most=PAIRS_AT_MOST + 1,
                account=ACCOUNT_KEY,
                text=SQL(KEY.format("line.payment_ref")),
            )
        )
        verdicts = (SURE, LIKELY, POSSIBLE, TWO)
        return [(verdicts[rank], one, two) for rank, one, two in self.env.cr.fetchall()]

    def _bridge_flush_for_duplicates(self):
        self.flush_model(
            ["journal_id", "internal_index", "amount", "currency_id", "account_number", "payment_ref", "move_id"]
        )
        self.env["account.move"].flush_model(["date", "state", "partner_bank_id"])
        self.env["bank.bridge.pair"].flush_model()
