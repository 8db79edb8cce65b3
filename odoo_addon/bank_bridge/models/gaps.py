"""What is missing in a journal: where its statements do not follow one another, add up, or reach as far as the bank."""

import re
from collections import defaultdict
from datetime import date, timedelta

from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date, formatLang

from .recognition import account_key

CHAIN, NUMBER, INCOMPLETE, BEHIND, BALANCE = "chain", "number", "incomplete", "behind", "balance"
# Banks book late, and a provider may be a night behind.
PATIENCE_DAYS = 3
# How banks number their statements: within a year.
NUMBERED = re.compile(r"(.*?)((?:19|20)\d\d)[-/.](\d{1,5})")


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _bridge_gaps(self, since):
        """Values of `bank.bridge.gap` for what is missing since that day, the latest first."""
        gaps = [*self._bridge_gaps_of_statements(), *self._bridge_gaps_of_accounts()]
        gaps = [gap for gap in gaps if gap["date_to"] >= since]
        return sorted(gaps, key=lambda gap: (gap["date_to"], gap["date_from"]), reverse=True)

    def _bridge_gaps_of_statements(self):
        gaps = []
        for rows in self._bridge_statements().values():
            missing = _missing_numbers(rows)
            for before, row in zip(rows, rows[1:]):
                gap = row["statement"]._bridge_gap_after(before, row, missing.get(row["statement"]))
                if gap:
                    gaps.append(gap)
            gaps += [row["statement"]._bridge_gap_within(row) for row in rows if not row["statement"].is_complete]
        return gaps

    def _bridge_statements(self):
        """{journal id: [of each statement with lines, in order: itself, its days, its source]}."""
        statements = self.env["account.bank.statement"]
        found = statements.search(
            [("journal_id", "in", self.ids), ("first_line_index", "!=", False)], order="first_line_index"
        )
        found.flush_recordset()
        self.env["account.bank.statement.line"].flush_model(["statement_id", "internal_index"])
        self.env.cr.execute(
            SQL(
                """
                SELECT line.statement_id, MIN(LEFT(line.internal_index, 8)), MAX(LEFT(line.internal_index, 8)),
                       MODE() WITHIN GROUP (ORDER BY known.source) FILTER (WHERE NOT known.alias)
                  FROM account_bank_statement_line line
             LEFT JOIN bank_bridge_identity known ON known.line_id = line.id
                 WHERE line.statement_id = ANY(%s) GROUP BY line.statement_id
                """,
                found.ids,
            )
        )
        days = {statement: row for statement, *row in self.env.cr.fetchall()}
        rows = defaultdict(list)
        for statement in found:
            first, last, source = days[statement.id]
            rows[statement.journal_id.id].append(
                {"statement": statement, "first": _day(first), "last": _day(last), "source": source}
            )
        return rows

    def _bridge_gaps_of_accounts(self):
        gaps = []
        accounts = self.env["bank.bridge.account"].search([("journal_id", "in", self.ids)])
        seen = set()
        for account in accounts.filtered(lambda account: account.connection_id.sudo().sealed):
            # One account of the bank may come by two connections; what it lacks is told once.
            name = (account.journal_id, account_key(account.reference) or account)
            if name in seen:
                continue
            seen.add(name)
            gaps += filter(None, (account._bridge_gap_of_days(), account._bridge_gap_of_balance()))
        return gaps


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    def _bridge_gap_after(self, before, row, numbers):
        """What is missing between the statement before and this one, or None."""
        previous = before["statement"]
        difference = self.currency_id.round(self.balance_start - previous.balance_end_real)
        broken = self.currency_id.compare_amounts(self.balance_start, previous.balance_end_real)
        if not broken and not numbers:
            return None
        sentences = []
        if numbers:
            sentences.append(self.env._("Statements that are not there: %s.", ", ".join(numbers)))
        if broken:
            sentences.append(
                self.env._(
                    "Statement %(previous)s closes with %(closing)s, %(statement)s opens with %(opening)s.",
                    previous=previous.name,
                    closing=self._bridge_money(previous.balance_end_real),
                    statement=self.name,
                    opening=self._bridge_money(self.balance_start),
                )
            )
            between = self._bridge_between(previous)
            if between:
                sentences.append(
                    self.env._("Transactions without a statement between them: %s.", self._bridge_money(between))
                )
        else:
            sentences.append(self.env._("The balances join: they may be empty."))
        return {
            "kind": CHAIN if broken else NUMBER,
            "journal_id": self.journal_id.id,
            "statement_id": self.id,
            "date_from": min(before["last"], row["first"]),
            "date_to": max(before["last"], row["first"]),
            "amount": difference,
            "text": " ".join(sentences),
        }

    def _bridge_between(self, previous):
        """The sum of what stands between the two in the journal, on no statement."""
        lines = self.env["account.bank.statement.line"]
        [(amount,)] = lines._read_group(
            [
                ("journal_id", "=", self.journal_id.id),
                ("statement_id", "=", False),
                ("state", "=", "posted"),
                ("internal_index", ">", previous.first_line_index),
                ("internal_index", "<", self.first_line_index),
            ],
            [],
            ["amount:sum"],
        )
        return self.currency_id.round(amount or 0)

    def _bridge_gap_within(self, row):
        sentences = self._bridge_sentences()[-1:]
        if self.bridge_count_held:
            sentences.append(self.env._("Lines that wait for a decision: %s.", self.bridge_count_held))
        return {
            "kind": INCOMPLETE,
            "journal_id": self.journal_id.id,
            "statement_id": self.id,
            "date_from": row["first"],
            "date_to": row["last"],
            "amount": self.currency_id.round(self.balance_end_real - self.balance_end),
            "text": self.name + ": " + " ".join(sentences),
        }


class BankBridgeAccount(models.Model):
    _inherit = "bank.bridge.account"

    def _bridge_gap_of_days(self):
        """It is read no further than some days ago."""
        today = fields.Date.context_today(self)
        until = self.complete_until or self.start_date - timedelta(days=1)
        if until >= today - timedelta(days=PATIENCE_DAYS) or not self.last_sync:
            return None
        return {
            **self._bridge_gap(BEHIND),
            "date_from": until + timedelta(days=1),
            "date_to": today,
            "text": self.env._(
                "%(account)s was last synchronised on %(day)s, and everything is in up to %(until)s only.",
                account=self._label(),
                day=format_date(self.env, self.last_sync),
                until=format_date(self.env, until),
            ),
        }

    def _bridge_gap_of_balance(self):
        """The bank's balance of a day that was read is not what Odoo has on that day."""
        day, currency = self.balance_date, self.currency_id or self._currency_of(self.journal_id)
        if not day or not self.last_sync or self.last_sync.date() < day:
            return None
        lines = [("journal_id", "=", self.journal_id.id), ("state", "=", "posted"), ("date", "<=", day)]
        line = self.env["account.bank.statement.line"].search(lines, limit=1)
        if not line or not currency.compare_amounts(self.balance, line.running_balance):
            return None
        return {
            **self._bridge_gap(BALANCE),
            "date_from": min(self.start_date, day),
            "date_to": day,
            "amount": currency.round(self.balance - line.running_balance),
            "text": self.env._(
                "%(account)s has %(bank)s at the bank, and %(odoo)s in Odoo.",
                account=self._label(),
                bank=formatLang(self.env, self.balance, currency_obj=currency),
                odoo=formatLang(self.env, line.running_balance, currency_obj=currency),
            ),
        }

    def _bridge_gap(self, kind):
        return {"kind": kind, "journal_id": self.journal_id.id, "account_id": self.id, "amount": 0}

    def _read_again_from(self, day):
        """The next run reads from this day, although it was read before; lines that are there are recognised."""
        if day < self.start_date:
            self.start_date = day
        account = self.sudo()
        before = day - timedelta(days=1)
        if account.complete_until and account.complete_until > before:
            account.complete_until = before


def _day(text):
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _missing_numbers(rows):
    """{statement: the names of those that should stand before it}, where the names are a series of one source.

    A series rises with the statements' order, and has no more holes than numbers.
    """
    series = defaultdict(list)
    for row in rows:
        found = NUMBERED.fullmatch(row["statement"].name or "")
        if found and not row["statement"].bridge_reckoned:
            prefix, year, number = found.groups()
            series[row["source"], prefix, year].append((int(number), row["statement"]))
    missing = {}
    for members in series.values():
        numbers = [number for number, _statement in members]
        if numbers != sorted(set(numbers)) or numbers[-1] - numbers[0] + 1 > 2 * len(numbers):
            continue
        for (before, _statement), (number, statement) in zip(members, members[1:]):
            if number > before + 1:
                missing[statement] = [_renamed(statement.name, absent) for absent in range(before + 1, number)]
    return missing


def _renamed(name, number):
    digits = NUMBERED.fullmatch(name).group(3)
    return name[: -len(digits)] + str(number).zfill(len(digits) if digits.startswith("0") else 0)
