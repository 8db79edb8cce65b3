"""Which transactions of a journal may have come in twice: one query over whole periods, without loading a line.

Only lines of different sources can be one payment. A source that names two lines apart says that they are two, so those
are told by a person only. Lines entered by hand have no source.
"""

from datetime import date, timedelta

from odoo import models
from odoo.tools import SQL

# Pairs shown, and pairs looked at before the likeliest of them are chosen.
PAIRS_AT_MOST = 500
LOOKED_AT_AT_MOST = 20_000
SURE, LIKELY, POSSIBLE, TWO = "sure", "likely", "possible", "two"
# For lines that another module brought from a bank: it named them, we do not know in which format.
ANOTHER_MODULE = "another"

KEY = "UPPER(REGEXP_REPLACE(COALESCE({0}, ''), '[\\W_]+', '', 'g'))"


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
        more."""
        self._bridge_flush_for_duplicates()
        self.env.cr.execute(
            SQL(
                """
                WITH lines AS MATERIALIZED (
                    SELECT line.id, line.journal_id, ROUND(line.amount, currency.decimal_places) AS amount,
                           COALESCE(MIN(known.booked_on), move.date) AS day,
                           ARRAY_REMOVE(ARRAY_AGG(DISTINCT COALESCE(known.source, %(another)s)), NULL) AS sources
                      FROM account_bank_statement_line line
                      JOIN account_move move ON move.id = line.move_id
                      JOIN res_currency currency ON currency.id = line.currency_id
                 LEFT JOIN bank_bridge_identity known ON known.line_id = line.id
                     WHERE line.journal_id = ANY(%(journals)s) AND move.state = 'posted'
                       AND line.internal_index >= %(first)s AND line.internal_index < %(after)s
                  GROUP BY line.id, move.date, currency.decimal_places
                ), pairs AS MATERIALIZED (
                    SELECT one.id AS one, two.id AS two, one.day = two.day AS same_day, one.day,
                           one.sources && two.sources AS one_source
                      FROM lines one
                CROSS JOIN GENERATE_SERIES(-%(days)s, %(days)s) AS apart
                      JOIN lines two ON two.journal_id = one.journal_id AND two.amount = one.amount
                                    AND two.day = one.day + apart AND two.id > one.id
                     WHERE one.amount <> 0 AND (%(within)s OR NOT one.sources && two.sources)
                       AND NOT EXISTS (SELECT FROM bank_bridge_pair said
                                        WHERE said.line_id = one.id AND said.other_id = two.id)
                     LIMIT %(looked_at)s
                ), known AS (
                    SELECT pairs.*, %(account_one)s AS account_one, %(account_two)s AS account_two,
                           %(text_one)s AS text_one, %(text_two)s AS text_two
                      FROM pairs
                      JOIN account_bank_statement_line one ON one.id = pairs.one
                      JOIN account_move move_one ON move_one.id = one.move_id
                 LEFT JOIN res_partner_bank bank_one ON bank_one.id = move_one.partner_bank_id
                      JOIN account_bank_statement_line two ON two.id = pairs.two
                      JOIN account_move move_two ON move_two.id = two.move_id
                 LEFT JOIN res_partner_bank bank_two ON bank_two.id = move_two.partner_bank_id
                ), judged AS (
                    SELECT one, two, day,
                           CASE WHEN one_source OR (account_one <> '' AND account_two <> ''
                                                    AND account_one <> account_two) THEN 3
                                WHEN (account_one <> '' AND account_one = account_two)
                                  OR (text_one <> '' AND text_one = text_two) THEN CASE WHEN same_day THEN 0 ELSE 1 END
                                WHEN same_day THEN 1 ELSE 2 END AS rank
                      FROM known
                )
                SELECT rank, one, two FROM judged ORDER BY rank, day DESC, one, two LIMIT %(at_most)s
                """,
                another=self._bridge_another_module(),
                journals=journals.ids,
                first=first.strftime("%Y%m%d"),
                after=((last or date.max - timedelta(days=1)) + timedelta(days=1)).strftime("%Y%m%d"),
                days=days,
                within=within_source,
                looked_at=LOOKED_AT_AT_MOST,
                at_most=PAIRS_AT_MOST + 1,
                account_one=_account("one", "bank_one"),
                account_two=_account("two", "bank_two"),
                text_one=SQL(KEY.format("one.payment_ref")),
                text_two=SQL(KEY.format("two.payment_ref")),
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


def _account(line, bank):
    """The counterparty's account as in `recognition.account_key`."""
    key = KEY.format(f"COALESCE(NULLIF({line}.account_number, ''), {bank}.sanitized_acc_number)")
    return SQL(f"REGEXP_REPLACE({key}, '^BE\\d\\d(\\d{{12}})$', '\\1')")
