"""The batch method: recognises lines, creates the new ones, remembers all of them, in one SQL transaction."""

import time

from odoo import api, fields, models
from odoo.tools import SQL

from . import line_values
from .placement import place
from .import_recognise import DUPLICATE, next_day, whole_of
from .import_statement import decimal_of
from .recognition import HELD, MATCHED, NEW, source_family
from .refusal import Refusal, bridge_method

CREATED = "created"


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    @api.model
    @bridge_method
    def bridge_plan(self, *, journal, source, lines):
        """What a push of these lines would do; writes nothing.

        `journal`: id given by `bridge_open`; `source`: format of the lines. `lines`: [{"id", "date", "amount",
        "counterparty_account", "end_to_end", "whole": {"id", "amount"} of the entry that it was split from, or None}] in
        the bank's order, whole booking days where possible.
        Answers {"lines": [{"result": "new" | "duplicate" | "matched" | "held", "line": id or None, "candidates": [ids],
        "elsewhere": whether it is a duplicate of a line that another source brought}], "locked": None | {"count", "date", "locked_until"}}; locked counts only lines that would be created.
        """
        journal = self._usable_journal(journal)
        self._check_amounts(journal, lines)
        family = source_family(source)
        outcome, _meant = self._recognise(journal, family, lines)
        elsewhere = self._elsewhere(family, [found for result, found, _others in outcome if result == DUPLICATE])
        days = [line["date"] for line, (result, _line, _others) in zip(lines, outcome) if result == NEW]
        return {
            "lines": [
                {
                    "result": result,
                    "line": line or None,
                    "candidates": candidates,
                    "elsewhere": result == DUPLICATE and line in elsewhere,
                }
                for result, line, candidates in outcome
            ],
            "locked": self._locked(journal, days),
        }

    @api.model
    @bridge_method
    def bridge_push(self, *, run, journal, statement, lines, last, lease=None, advance=None):
        """Take one batch; with `last`, make the statement. Repeating a batch changes nothing.

        `statement`: {"number", "source", "opening", "closing": {"date", "amount"} or None, "index", "count", "ids":
        identities of all its lines in the bank's order, with `last` only, "wholes": those of their whole entries or None,
        "standing": identities that the plan found elsewhere, "balance": online only, {"date", "amount"} after the last line
        or None}. `lines`: in the bank's order, each {"id", "whole", "date", "value_date", "amount", "currency", "original": {"amount", "currency", "rate"}, "counterparty": {"name",
        "account", "bic"}, "text", "structured", "reference", "end_to_end", "mandate", "bank_code", "bank_code_words",
        "kind", "details": [[label, value]], "position"}. Amounts and rates are decimal text, dates ISO, absent is None.
        Online, `lease` renews the run's lease by that many seconds, and `advance` comes with the last batch of an account:
        {"account", "complete_until", "sealed", "lease"}, to the same effect as `bridge_advance`.
        Answers {"lines": [{"result": "created" | "duplicate" | "matched" | "held", "line", "date": as Odoo has it,
        "code", "candidates"}], "statement": id or None, "balance": None | {"date", "amount"}: Odoo's running balance
        after the statement's last line, "milliseconds": time spent here}.
        """
        started = time.monotonic()
        online = self._online(run, lease, advance)
        record = self._open_run(run)
        journal = self._usable_journal(journal, among=record._journals())
        self._check_amounts(journal, lines)
        if online:
            online.check(journal, lines)
        self.env["bank.bridge.turn"]._take(journal)
        family = source_family(statement["source"])
        outcome, meant = self._recognise(journal, family, lines, statement.get("standing") or [])
        new = [line for line, (result, _line, _others) in zip(lines, outcome) if result == NEW]
        locked = self._locked(journal, [line["date"] for line in new])
        if locked:
            # Odoo would move these lines to an open period; the bank's dates are kept or nothing is.
            raise Refusal("BB-4106", **locked)
        if online:
            online.keep(record, journal)

        identities = self.env["bank.bridge.identity"]
        identities._reserve(
            journal,
            family,
            record,
            [
                (line["id"], line["date"], result == MATCHED, found or None)
                for line, (result, found, _others) in zip(lines, outcome)
                if result in (NEW, MATCHED)
            ]
            + _whole_as_one(lines, meant),
        )
        created = self._create_lines(journal, lines, outcome)
        identities._attach(journal, [line["id"] for line in new], created.ids)
        line_of = dict(zip((line["id"] for line in new), created))
        self.env["bank.bridge.whole"]._remember(journal, _wholes(lines, outcome, meant, line_of))

        answers, held = [], []
        for line, (result, found, candidates) in zip(lines, outcome):
            answer = {
                "result": result,
                "line": found or None,
                "date": line["date"],
                "code": None,
                "candidates": candidates,
            }
            if result == NEW:
                booked = line_of[line["id"]]
                answer.update(result=CREATED, line=booked.id, date=fields.Date.to_string(booked.date))
                if answer["date"] != line["date"]:
                    answer["code"] = "BB-5005"
            elif result == HELD:
                answer["code"] = "BB-5004"
                held.append((line, candidates))
            elif not found and line["id"] in line_of:
                answer["line"] = line_of[line["id"]].id
            answers.append(answer)
        self.env["bank.bridge.held"]._keep(record, journal, statement["source"], lines, held)

        results = [answer["result"] for answer in answers]
        record.write(
            {
                "count_created": record.count_created + results.count(CREATED),
                "count_duplicate": record.count_duplicate + results.count(DUPLICATE),
                "count_matched": record.count_matched + results.count(MATCHED),
                "count_held": record.count_held + results.count(HELD),
            }
        )
        made, balance = (None, None)
        if last:
            made, balance = self._finish_statement(record, journal, statement)
            if online:
                online.advance()
        self.env.flush_all()
        return {
            "lines": answers,
            "statement": made,
            "balance": balance,
            "milliseconds": round((time.monotonic() - started) * 1000),
        }

    # Recognition

    def _usable_journal(self, journal_id, among=None):
        journal = self._usable_journals([("id", "=", journal_id)])
        if not journal or (among is not None and journal not in among):
            raise Refusal("BB-4102", journal=journal_id)
        return journal

    def _check_amounts(self, journal, lines):
        currency = self._journal_currency(journal)
        for line in lines:
            amount = decimal_of(line["amount"])
            if amount is None or amount != round(amount, currency.decimal_places):
                raise Refusal("BB-4107", amount=line["amount"], currency=currency.name)

    def _locked(self, journal, days):
        """Of these dates, those that Odoo would not book on: by its own rule for this journal and user."""
        found = {}
        for day in set(days):
            violated = journal.company_id._get_violated_lock_dates(fields.Date.to_date(day), False, journal)
            if violated:
                found[day] = violated[-1][0]
        if not found:
            return None
        return {
            "count": sum(day in found for day in days),
            "date": min(found),
            "locked_until": fields.Date.to_string(max(found.values())),
        }

    # Writing

    def _create_lines(self, journal, lines, outcome):
        """Create the new lines, in the bank's order and at their place in each day."""
        sequences = self._place(journal, lines, outcome)
        values = line_values.Maker(self.env, journal)
        return (
            self.env["account.bank.statement.line"]
            .with_company(journal.company_id)
            .create(
                [
                    values.make(line, sequences[index])
                    for index, (line, (result, _found, _others)) in enumerate(zip(lines, outcome))
                    if result == NEW
                ]
            )
        )

    def _place(self, journal, lines, outcome):
        """{index of a new line: its sequence}; makes room among lines entered by hand where there is none."""
        by_day = {}
        anchors = set()
        for index, (line, (result, found, _others)) in enumerate(zip(lines, outcome)):
            if result == NEW:
                by_day.setdefault(line["date"], []).append((index, None))
            # All parts of an entry may be one line.
            elif result != HELD and found not in anchors:
                anchors.add(found)
                by_day.setdefault(line["date"], []).append((index, found))
        days = [day for day, placed in by_day.items() if any(found is None for _index, found in placed)]
        if not days:
            return {}
        self.env["account.bank.statement.line"].flush_model(["journal_id", "internal_index", "sequence"])
        self.env["account.move"].flush_model(["date"])
        existing = {}
        self.env.cr.execute(
            SQL(
                """
                SELECT move.date::text, line.id, COALESCE(line.sequence, 0)
                  FROM account_bank_statement_line line JOIN account_move move ON move.id = line.move_id
                 WHERE line.journal_id = %s AND line.internal_index >= %s AND line.internal_index < %s
              ORDER BY line.internal_index
                """,
                journal.id,
                min(days).replace("-", ""),
                next_day(max(days)),
            )
        )
        for day, line, sequence in self.env.cr.fetchall():
            existing.setdefault(day, []).append((line, sequence))
        sequences = {}
        for day in days:
            # A repeated identity within the call has no line yet and is no anchor.
            placed = [(index, found) for index, found in by_day[day] if found is not None or outcome[index][0] == NEW]
            chosen, renumbered = place(existing.get(day, []), [found for _index, found in placed])
            new = [index for index, found in placed if found is None]
            sequences.update(zip(new, chosen))
            for line, sequence in renumbered.items():
                self.env["account.bank.statement.line"].browse(line).sequence = sequence
        return sequences


def _whole_as_one(lines, meant):
    """Identities of entries that came in parts and are one line in Odoo: rows for a reservation."""
    days = {whole["id"]: line["date"] for line in lines if (whole := whole_of(line))}
    return [(whole, days[whole], True, found[0]) for whole, found in meant.items() if whole in days and len(found) == 1]


def _wholes(lines, outcome, meant, line_of):
    """Which entries are several lines in Odoo after this call: (identity, day, line id)."""
    rows = [
        (lines[index]["id"], lines[index]["date"], line)
        for index, found in meant.items()
        if isinstance(index, int)
        for line in found
    ]
    for line, (result, found, _others) in zip(lines, outcome):
        whole = whole_of(line)
        if not whole or result not in (NEW, MATCHED):
            continue
        instead = meant.get(whole["id"])
        if instead is None:
            rows.append((whole["id"], line["date"], found or line_of[line["id"]].id))
        elif len(instead) > 1:
            rows += [(whole["id"], line["date"], other) for other in instead]
    return list(dict.fromkeys(rows))
