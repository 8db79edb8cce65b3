import itertools

from odoo.tests import tagged

from .common import OTHER_IBAN, BridgeCase, line, payer

REPORT, STATEMENT, NOTIFICATION = "camt.052.001.08", "camt.053.001.08", "camt.054.001.08"


def parts(*given, whole="entry", total, **further):
    """Lines that one entry was split into, given as (identity, amount)."""
    return [line(name, amount, whole={"id": f"v1:{whole}", "amount": total}, **further) for name, amount in given]


@tagged("post_install", "-at_install", "bank_bridge")
class TestMessages(BridgeCase):
    """An intraday report, a statement and a notification tell of the same money; it stands in the journal once."""

    def standing(self):
        return [f"{amount:.2f}" for amount in self.in_journal().mapped("amount")]

    def test_the_same_references(self):
        all_of_them = (REPORT, STATEMENT, NOTIFICATION)
        for number, (first, second) in enumerate(itertools.product(all_of_them, all_of_them)):
            with self.subTest(first=first, second=second):
                lines = [line(f"a{number}", "10.00", f"2026-03-{10 + number}")]
                self.assertEqual(self.results(self.bring(lines, first)), ["created"])
                self.assertEqual(self.results(self.bring(lines, second)), ["duplicate"])

    def test_other_references(self):
        for number, (first, second) in enumerate(
            [(REPORT, STATEMENT), (NOTIFICATION, STATEMENT), (STATEMENT, REPORT), (STATEMENT, NOTIFICATION)]
        ):
            with self.subTest(first=first, second=second):
                day = f"2026-03-{10 + number}"
                one = [line(f"a{number}", "10.00", day), line(f"b{number}", "10.00", day)]
                two = [line(f"c{number}", "10.00", day), line(f"d{number}", "10.00", day)]
                before = len(self.in_journal())
                self.assertEqual(self.results(self.bring(one, first)), ["created"] * 2)
                self.assertEqual(self.results(self.bring(two, second)), ["matched"] * 2)
                self.assertEqual(self.results(self.bring(two, second)), ["duplicate"] * 2)
                self.assertEqual(len(self.in_journal()), before + 2, "two equal payments stay two")

    def test_report_notification_statement(self):
        self.bring([line("report", "10.00")], REPORT)
        self.assertEqual(self.results(self.bring([line("notification", "10.00")], NOTIFICATION)), ["matched"])
        self.assertEqual(self.results(self.bring([line("statement", "10.00")], STATEMENT)), ["matched"])
        self.assertEqual(self.standing(), ["10.00"])

    def test_a_known_line_is_no_other_line(self):
        """What the report brought is named in the statement; an equal payment that followed is a second one."""
        self.bring([line("morning", "10.00")], REPORT)
        lines = [line("morning", "10.00"), line("evening", "10.00")]
        small = [
            {"id": one["id"], "date": one["date"], "amount": one["amount"], "counterparty_account": None} for one in lines
        ]
        plan = self.bridge.bridge_plan(journal=self.journal.id, source=STATEMENT, lines=small)
        self.assertEqual(self.results(plan), ["duplicate", "new"])
        self.assertEqual([one["elsewhere"] for one in plan["lines"]], [True, False])
        # The bridge sends what is new, and names what is not.
        run, _opened = self.open_run(STATEMENT)
        statement = self.statement(lines, STATEMENT, standing=["v1:morning"])
        self.assertEqual(self.results(self.push(run, lines[1:], statement)), ["created"])
        self.assertEqual(self.standing(), ["10.00", "10.00"])
        plan = self.bridge.bridge_plan(journal=self.journal.id, source=STATEMENT, lines=small)
        self.assertEqual([one["elsewhere"] for one in plan["lines"]], [True, False])

    def test_different_end_to_end_references(self):
        self.bring([line("a", "10.00", end_to_end="INV-1", counterparty=payer(OTHER_IBAN))], REPORT)
        other = line("b", "10.00", end_to_end="INV-2", counterparty=payer(OTHER_IBAN))
        self.assertEqual(self.results(self.bring([other], NOTIFICATION)), ["created"])
        both = [line("c", "10.00", end_to_end="inv-2"), line("d", "10.00", end_to_end="INV-1")]
        answer = self.bring(both, STATEMENT)
        self.assertEqual(self.results(answer), ["matched"] * 2)
        self.assertEqual([one["line"] for one in answer["lines"]], self.in_journal().ids[::-1])
        # Another standard may write them otherwise.
        self.assertEqual(self.results(self.bring([line("e", "10.00", end_to_end="X")], "coda.2")), ["matched"])

    def test_total_after_its_parts(self):
        """By its name: a notification gives the payments, the statement the sum of them."""
        self.bring(parts(("p", "40.00"), ("q", "60.00"), total="100.00"), NOTIFICATION, opening=None)
        lines = [line("before", "1.00"), line("entry", "100.00"), line("after", "2.00")]
        answer = self.bring(lines, STATEMENT, opening="500.00")
        self.assertEqual(self.results(answer), ["created", "duplicate", "created"])
        self.assertEqual(self.standing(), ["1.00", "40.00", "60.00", "2.00"])
        self.assertEqual(answer["balance"]["amount"], "603.00")
        made = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertEqual((made.balance_start, made.balance_end_real), (500, 603))
        self.assertEqual(made.line_ids, self.in_journal(), "it took over what had no balances")
        self.assertEqual(self.results(self.bring(lines, STATEMENT)), ["duplicate"] * 3)

    def test_parts_after_their_total(self):
        first = self.bring([line("entry", "100.00")], STATEMENT)
        given = parts(("p", "40.00"), ("q", "60.00"), total="100.00")
        answer = self.bring(given, NOTIFICATION, opening=None)
        self.assertEqual(self.results(answer), ["duplicate"] * 2)
        self.assertEqual({one["line"] for one in answer["lines"]}, {first["lines"][0]["line"]})
        self.assertEqual(self.standing(), ["100.00"])

    def test_total_of_another_name(self):
        given = parts(("p", "40.00"), ("q", "60.00"), total="100.00")
        self.bring(given, "coda.2")
        for number, source in enumerate((STATEMENT, "csv.bank", NOTIFICATION)):
            lines = [line(f"sum{number}", "100.00"), line(f"more{number}", f"{number + 1}.00")]
            answer = self.bring(lines, source, opening="0.00")
            self.assertEqual(self.results(answer), ["matched", "created"], source)
            made = self.env["account.bank.statement"].browse(answer["statement"])
            self.assertEqual((made.balance_start, made.balance_end_real), (100, 101 + number))
            self.assertEqual(self.results(self.bring(lines, source)), ["duplicate"] * 2, source)
        self.assertEqual(self.standing(), ["40.00", "60.00", "1.00", "2.00", "3.00"])
        self.assertEqual(self.results(self.bring(given, "coda.2")), ["duplicate"] * 2)

    def test_parts_of_a_total_of_another_name(self):
        first = self.bring([line("sum", "100.00")], "csv.bank")
        given = parts(("p", "40.00", ), ("q", "60.00"), total="100.00", counterparty=payer(OTHER_IBAN))
        given.append(line("more", "5.00"))
        answer = self.bring(given, STATEMENT, opening="0.00", wholes=["v1:entry", "v1:entry", None])
        self.assertEqual(self.results(answer), ["matched", "matched", "created"])
        self.assertEqual({one["line"] for one in answer["lines"][:2]}, {first["lines"][0]["line"]})
        self.assertEqual(self.standing(), ["100.00", "5.00"])
        made = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertEqual((made.balance_start, made.balance_end_real), (100, 105))
        self.assertEqual(answer["balance"]["amount"], "105.00")
        self.assertEqual(self.results(self.bring(given, STATEMENT)), ["duplicate"] * 3)
        # The entry is known by its name too from now on, in whatever parts.
        other = parts(("r", "30.00"), ("s", "70.00"), total="100.00")
        self.assertEqual(self.results(self.bring(other, NOTIFICATION, opening=None)), ["duplicate"] * 2)
        self.assertEqual(self.results(self.bring([line("entry", "100.00")], NOTIFICATION)), ["duplicate"])

    def test_parts_in_two_batches(self):
        for number, source in enumerate(("csv.bank", None)):
            with self.subTest(source):
                names = [f"{name}{number}" for name in "pqr"]
                given = parts(*((name, "20.00") for name in names), whole=f"e{number}", total="60.00")
                if source:
                    self.bring([line(f"sum{number}", "60.00")], source)
                run, _opened = self.open_run(STATEMENT)
                statement = self.statement(given, STATEMENT, wholes=[f"v1:e{number}"] * 3)
                found = [
                    *self.results(self.push(run, given[:1], statement, last=False)),
                    *self.results(self.push(run, given[1:], statement)),
                ]
                self.assertEqual(found, ["matched", "duplicate", "duplicate"] if source else ["created"] * 3)
        self.assertEqual(self.standing(), ["60.00", "20.00", "20.00", "20.00"])

    def test_both_in_parts(self):
        self.bring(parts(("p", "40.00"), ("q", "60.00"), total="100.00"), "coda.2")
        other = parts(("r", "40.00"), ("s", "60.00"), whole="e", total="100.00")
        self.assertEqual(self.results(self.bring(other, STATEMENT)), ["matched"] * 2)
        third = parts(("t", "10.00"), ("u", "90.00"), whole="f", total="100.00")
        self.assertEqual(self.results(self.bring(third, NOTIFICATION)), ["matched"] * 2)
        self.assertEqual(self.results(self.bring([line("sum", "100.00")], "csv.bank")), ["matched"])
        self.assertEqual(self.standing(), ["40.00", "60.00"])

    def test_equal_totals_stay_two(self):
        for number in (1, 2):
            given = parts((f"p{number}", "40.00"), (f"q{number}", "60.00"), whole=f"e{number}", total="100.00")
            self.assertEqual(self.results(self.bring(given, NOTIFICATION, opening=None)), ["created"] * 2)
        lines = [line(f"sum{number}", "100.00") for number in (1, 2, 3)]
        self.assertEqual(self.results(self.bring(lines, "csv.bank")), ["matched", "matched", "created"])
        self.assertEqual(self.standing(), ["40.00", "60.00", "40.00", "60.00", "100.00"])

    def test_a_deleted_part_is_missing(self):
        self.bring(parts(("p", "40.00"), ("q", "60.00"), total="100.00"), "coda.2")
        self.in_journal().statement_id.unlink()
        self.in_journal()[1].unlink()
        self.assertEqual(self.results(self.bring([line("sum", "100.00")], "csv.bank")), ["created"])

    def test_held_parts_are_the_line_chosen(self):
        somebodys = self.by_hand(100, account_number=OTHER_IBAN)
        given = parts(("p", "40.00"), ("q", "60.00"), total="100.00")
        self.assertEqual(self.results(self.bring(given, STATEMENT)), ["held"] * 2)
        held = self.env["bank.bridge.held"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual(held.candidate_ids, somebodys)
        # One decision is enough for the entry.
        held[0].with_user(self.accountant).action_same()
        self.assertEqual(held.mapped("state"), ["settled"] * 2)
        self.assertEqual(held.line_id, somebodys)
        self.assertEqual(self.results(self.bring(given, STATEMENT)), ["duplicate"] * 2)
        self.assertEqual(self.standing(), ["100.00"])

    def test_held_parts_that_are_new(self):
        self.by_hand(100, account_number=OTHER_IBAN)
        given = parts(("p", "40.00"), ("q", "60.00"), total="100.00")
        self.bring(given, STATEMENT)
        for held in self.env["bank.bridge.held"].search([("journal_id", "=", self.journal.id)]):
            held.with_user(self.accountant).action_import()
        self.assertEqual(self.standing(), ["100.00", "40.00", "60.00"])
        self.assertEqual(self.results(self.bring([line("entry", "100.00")], NOTIFICATION)), ["duplicate"])

    def test_balances_of_the_bank_come_later(self):
        """A statement whose balances Odoo had to reckon gives its lines to the bank's own."""
        days = ["2026-03-02", "2026-03-03", "2026-03-04"]
        notified = [line(f"n{day}", "10.00", day) for day in days]
        first = self.bring(notified, NOTIFICATION, opening=None)
        reckoned = self.env["account.bank.statement"].browse(first["statement"])
        self.assertTrue(reckoned.bridge_reckoned)
        self.assertEqual((reckoned.balance_start, reckoned.balance_end_real), (0, 30))
        answer = self.bring([notified[0], line("more", "5.00")], STATEMENT, opening="100.00")
        made = self.env["account.bank.statement"].browse(answer["statement"])
        self.assertEqual((made.balance_start, made.balance_end_real, made.bridge_reckoned), (100, 115, False))
        self.assertEqual(made.line_ids.sorted("internal_index").mapped("amount"), [10, 5])
        # What is left of the other follows.
        self.assertEqual(reckoned.line_ids.mapped("amount"), [10, 10])
        self.assertEqual((reckoned.balance_start, reckoned.balance_end_real), (115, 135))
        self.assertTrue(reckoned.is_complete and reckoned.is_valid)
        self.env.invalidate_all()
        self.assertEqual(self.in_journal().mapped("running_balance"), [110, 115, 125, 135])
        last = self.bring(notified[1:], STATEMENT, opening="115.00")
        self.assertFalse(reckoned.exists())
        imports = self.env["bank.bridge.import"].search([("journal_ids", "in", self.journal.ids)], order="id")
        self.assertEqual(imports[0].statement_ids.ids, [last["statement"]])
        self.assertEqual(len(self.in_journal().statement_id), 2)

    def test_balances_entered_by_a_person_stay(self):
        first = self.bring([line("a", "10.00")], NOTIFICATION, opening=None)
        entered = self.env["account.bank.statement"].browse(first["statement"])
        entered.write({"balance_start": 50, "balance_end_real": 60})
        self.assertFalse(entered.bridge_reckoned)
        self.assertEqual(self.bring([line("a", "10.00")], STATEMENT)["statement"], None)
        self.assertEqual((entered.balance_start, len(entered.line_ids)), (50, 1))
