"""Which lines of a call are in Odoo already: by their identities, else by comparing whole days with lines from elsewhere."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from .recognition import Line, Split, account_key, recognise

DUPLICATE = "duplicate"

# Messages of one standard write end-to-end references alike.
ISO_FAMILIES = ["camt", "camt.052", "camt.054"]


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    def _recognise(self, journal, family, lines, standing=()):
        """For each line (result, line id or None, [candidate ids]); and {index of a line or identity of a whole entry:
        [line ids]} of what was found to be several lines, or one line although it came in parts.

        `standing`: identities of further lines of the statement, whose lines in Odoo are no other line's.
        """
        places = self._journal_currency(journal).decimal_places
        asked = [line["id"] for line in lines] + list({whole["id"] for whole in map(whole_of, lines) if whole})
        asked += standing
        known = self.env["bank.bridge.identity"]._known(journal, asked)
        parts = self.env["bank.bridge.whole"]._lines(journal, asked)
        outcome = [None] * len(lines)
        fresh, splits, seen = [], {}, set()
        taken = {line for identity in standing for line in (known.get(identity), *parts.get(identity, ()))}
        for index, line in enumerate(lines):
            whole = whole_of(line)
            stands = [known[line["id"]]] if line["id"] in known else parts.get(line["id"])
            if not stands and whole and whole["id"] in known:
                # The entry is there as one line.
                stands = [known[whole["id"]]]
            if stands or line["id"] in seen:
                taken.update(stands or ())
                outcome[index] = (DUPLICATE, stands[0] if stands else None, [])
                continue
            seen.add(line["id"])
            amount = amount_key(line["amount"], places)
            counterparty = line.get("counterparty_account") or (line.get("counterparty") or {}).get("account")
            reference = line.get("end_to_end") if _is_iso(family) else None
            fresh.append(Line(index, line["date"], amount, account_key(counterparty), _reference_key(reference)))
            if whole:
                split = Split(line["date"], amount_key(whole["amount"], places), [])
                splits.setdefault(whole["id"], split).keys.append(index)
        if not fresh:
            return outcome, {}
        amounts = {line.amount for line in fresh} | {split.amount for split in splits.values()}
        days = sorted({line.day for line in fresh})
        existing = self._lines_from_elsewhere(journal, family, days, sorted(amounts), places)
        old = self.env["bank.bridge.whole"]._from_elsewhere(journal, family, days, places)
        old = {
            whole: Split(day, amount_key(amount, places), found)
            for whole, (day, amount, found) in old.items()
            if not taken.intersection(found)
        }
        found, meant = recognise(fresh, [line for line in existing if line.key not in taken], splits, old)
        for index, recognised in found.items():
            outcome[index] = recognised
        return outcome, meant

    def _elsewhere(self, family, lines):
        """Those of these lines that no identity of this source stands for."""
        self.env.cr.execute(
            SQL(
                """
                SELECT line_id FROM bank_bridge_identity WHERE line_id = ANY(%s)
              GROUP BY line_id HAVING NOT bool_or(source = %s)
                """,
                [line for line in lines if line],
                family,
            )
        )
        return {line for (line,) in self.env.cr.fetchall()}

    def _lines_from_elsewhere(self, journal, family, days, amounts, places):
        """Lines of these days and amounts that no line of this source stands for."""
        self.env["account.bank.statement.line"].flush_model(
            ["journal_id", "internal_index", "amount", "account_number", "transaction_details"]
        )
        self.env["account.move"].flush_model(["date", "state", "partner_bank_id"])
        self.env.cr.execute(
            SQL(
                """
                WITH near AS (
                    SELECT id FROM account_bank_statement_line
                     WHERE journal_id = %(journal)s AND internal_index >= %(first)s AND internal_index < %(after)s
                     UNION
                    SELECT line_id FROM bank_bridge_identity
                     WHERE journal_id = %(journal)s AND booked_on = ANY(%(days)s::date[])
                ), known AS (
                    SELECT line_id, min(booked_on) AS booked_on, bool_or(source = %(family)s) AS same,
                           bool_or(source = ANY(%(iso)s)) AS iso
                      FROM bank_bridge_identity WHERE line_id IN (SELECT id FROM near) GROUP BY line_id
                )
                SELECT line.id, COALESCE(known.booked_on, move.date)::text, ROUND(line.amount, %(places)s)::text,
                       COALESCE(NULLIF(line.account_number, ''), bank.sanitized_acc_number),
                       CASE WHEN known.iso THEN line.transaction_details #>> '{bank_bridge,end_to_end}' END
                  FROM near
                  JOIN account_bank_statement_line line ON line.id = near.id
                  JOIN account_move move ON move.id = line.move_id
             LEFT JOIN res_partner_bank bank ON bank.id = move.partner_bank_id
             LEFT JOIN known ON known.line_id = line.id
                 WHERE line.journal_id = %(journal)s
                   AND move.state <> 'cancel'
                   AND known.same IS NOT TRUE
                   AND COALESCE(known.booked_on, move.date) = ANY(%(days)s::date[])
                   AND ROUND(line.amount, %(places)s) = ANY(%(amounts)s::numeric[])
              ORDER BY line.internal_index
                """,
                journal=journal.id,
                family=family,
                days=days,
                first=days[0].replace("-", ""),
                after=next_day(days[-1]),
                amounts=amounts,
                iso=ISO_FAMILIES if _is_iso(family) else [],
                places=places,
            )
        )
        return [
            Line(line, day, amount_key(amount, places), account_key(account), _reference_key(reference))
            for line, day, amount, account, reference in self.env.cr.fetchall()
        ]


def _is_iso(family):
    return family in ISO_FAMILIES


def _reference_key(text):
    return "".join((text or "").split()).upper() or None


def whole_of(line):
    """The entry that the line was split from."""
    return line.get("whole") or None


def amount_key(amount, places):
    """The amount in the currency's decimals, such that equal amounts are equal texts."""
    return f"{round(Decimal(str(amount)), places) + 0:.{places}f}"


def next_day(day):
    return (fields.Date.to_date(day) + timedelta(days=1)).strftime("%Y%m%d")
