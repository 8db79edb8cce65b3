from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import OTHER_IBAN, BridgeCase, line, payer

ELSEWHERE = "BE71096123456769"


class DuplicatesCase(BridgeCase):
    def search(self, user=None, **values):
        search = (
            self.env["bank.bridge.duplicates"]
            .with_user(user or self.accountant)
            .create({"date_from": "2026-01-01", "journal_ids": self.journal.ids, **values})
        )
        search.action_search()
        return search

    def twice(self, amount="5.00", day="2026-03-02", source="camt.053", name="x", **further):
        """One payment, from a file and once more from another one with a day between: not recognised as one."""
        self.bring([line(f"{name}-1", amount, day, **further)], number=f"{name}-1")
        one = self.in_journal()[-1]
        later = str(date.fromisoformat(day) + timedelta(days=1))
        self.bring([line(f"{name}-2", amount, later, **further)], source, number=f"{name}-2")
        return one, self.in_journal()[-1]

    def balance(self):
        lines = self.env["account.move.line"].search(
            [("account_id", "=", self.journal.default_account_id.id), ("parent_state", "=", "posted")]
        )
        return self.journal.company_id.currency_id.round(sum(lines.mapped("balance")))

    def pushed_again(self, lines, source):
        return self.results(self.bring(lines, source, opening=None))


@tagged("post_install", "-at_install", "bank_bridge")
class TestDuplicates(DuplicatesCase):
    def test_of_two_sources(self):
        one, two = self.twice()
        self.assertNotEqual(one, two)
        pair = self.search().pair_ids
        self.assertEqual((pair.line_id, pair.other_id, pair.verdict), (one, two, "possible"))
        self.assertFalse(self.search(days=0).pair_ids)
        self.assertFalse(self.search(date_from="2026-03-03").pair_ids)
        self.assertFalse(self.search(date_to="2026-03-02").pair_ids)

    def test_what_was_deleted_does_not_come_again(self):
        one, two = self.twice()
        before = self.balance()
        search = self.search()
        search.pair_ids.action_delete_second()
        self.assertFalse(two.exists())
        self.assertEqual(self.balance(), before - 5)
        self.assertFalse(search.pair_ids)
        for identity, day, source in (("x-1", "2026-03-02", "coda.2"), ("x-2", "2026-03-03", "camt.053")):
            self.assertEqual(self.pushed_again([line(identity, "5.00", day)], source), ["duplicate"])
        self.assertEqual(self.in_journal(), one)
        self.assertEqual(self.balance(), before - 5)

    def test_of_one_source_are_two_payments(self):
        self.bring([line("a", "5.00"), line("b", "5.00")])
        self.assertFalse(self.search().pair_ids)
        pair = self.search(within_source=True).pair_ids
        self.assertEqual(pair.verdict, "two")
        first, second = pair.line_id, pair.other_id
        pair.action_delete_second()
        self.assertFalse(second.exists())
        self.assertEqual(self.pushed_again([line("a", "5.00"), line("b", "5.00")], "coda.2"), ["duplicate"] * 2)
        self.assertEqual(self.in_journal(), first)

    def test_how_likely(self):
        account = {"account_number": OTHER_IBAN}
        same = self.by_hand(7, **account) | self.by_hand(7, **account)
        apart = self.by_hand(8, **account) | self.by_hand(8, date="2026-03-04", **account)
        text = self.by_hand(9, payment_ref="Rent, March") | self.by_hand(9, payment_ref="RENT MARCH")
        other = self.by_hand(10, **account) | self.by_hand(10, account_number=ELSEWHERE)
        day = self.by_hand(11, payment_ref="one") | self.by_hand(11, payment_ref="other")
        self.by_hand(12)
        self.by_hand(-12)
        found = {pair.line_id | pair.other_id: pair.verdict for pair in self.search().pair_ids}
        self.assertEqual(found, {same: "sure", apart: "likely", text: "sure", other: "two", day: "likely"})
        verdicts = self.search().pair_ids.mapped("verdict")
        self.assertEqual(verdicts, sorted(verdicts, key=["sure", "likely", "possible", "two"].index))

    def test_two_spellings_of_an_account(self):
        self.by_hand(7, account_number="BE71 0961 2345 6769", payment_ref="one")
        self.by_hand(7, account_number="096-1234567-69", payment_ref="other")
        self.assertEqual(self.search().pair_ids.verdict, "sure")

    def test_other_journal_or_cancelled(self):
        self.by_hand(7)
        other = self.make_journal("BBT2")
        self.env["account.bank.statement.line"].create(
            {"journal_id": other.id, "date": "2026-03-02", "amount": 7, "payment_ref": "by hand"}
        )
        cancelled = self.by_hand(7)
        cancelled.move_id.button_cancel()
        self.assertFalse(self.search(journal_ids=(self.journal | other).ids).pair_ids)

    def test_keep_both(self):
        one, two = self.twice()
        search = self.search()
        search.pair_ids.action_keep_both()
        self.assertFalse(search.pair_ids)
        self.assertFalse(self.search().pair_ids)
        self.assertTrue(one.exists() and two.exists())
        said = self.env["bank.bridge.pair"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual((said.line_id, said.other_id), (one, two))

    def test_what_was_said_of_a_line_holds_for_the_one_that_stays(self):
        one, two, three = (self.by_hand(7, payment_ref="rent") for _ in range(3))
        pair = self.search().pair_ids.filtered(lambda pair: pair.line_id | pair.other_id == two | three)
        pair.action_keep_both()
        pair = self.search().pair_ids.filtered(lambda pair: pair.line_id | pair.other_id == one | two)
        pair.action_delete_second()
        self.assertFalse(self.search().pair_ids)
        self.assertEqual(self.in_journal(), one | three)

    def test_suggestions(self):
        hand = self.by_hand(5, date="2026-03-05", payment_ref="text of a", account_number=OTHER_IBAN)
        self.bring([line("a", "5.00", "2026-03-04", counterparty=payer(OTHER_IBAN))])
        bank = self.in_journal().filtered("statement_id")
        search = self.search()
        pair = search.pair_ids
        self.assertEqual(pair.suggestion, "first")
        self.assertEqual(pair.line_id, hand)
        search.action_suggest()
        self.assertFalse(pair.choice, "not likely enough")
        with self.assertRaises(UserError):
            search.action_apply()
        pair.choice = pair.suggestion
        told = search.action_apply()
        self.assertEqual(told["params"]["type"], "success")
        self.assertEqual(self.in_journal(), bank)

    def test_each_transaction_is_suggested_once(self):
        lines = [self.by_hand(7, payment_ref="rent") for _ in range(4)]
        search = self.search()
        self.assertEqual(len(search.pair_ids), 6)
        search.action_suggest()
        self.assertEqual(len(search.pair_ids.filtered("choice")), 2)
        before = self.balance()
        search.action_apply()
        self.assertEqual(self.balance(), before - 14)
        self.assertEqual(len(self.in_journal()), len(lines) - 2)

    def test_two_doubles_of_two_equal_payments(self):
        """The first and the second of one source each take one of the other's, never one both."""
        self.bring([line("a", "5.00"), line("b", "5.00")])
        ours = self.in_journal()
        self.bring([line("c", "5.00", "2026-03-03"), line("d", "5.00", "2026-03-03")], "camt.053", number="2026-2")
        theirs = self.in_journal() - ours
        search = self.search()
        self.assertEqual(len(search.pair_ids), 4)
        mine = search.pair_ids.filtered(lambda pair: pair.line_id == ours[0])
        mine.choice = "second"
        told = search.action_apply()
        self.assertEqual(told["params"]["type"], "warning")
        self.assertEqual(len(theirs.exists()), 1)
        left = self.search().pair_ids
        self.assertEqual((left.line_id, left.other_id), (ours[1], theirs.exists()))
        left.action_delete_second()
        again = [line("c", "5.00", "2026-03-03"), line("d", "5.00", "2026-03-03")]
        self.assertEqual(self.pushed_again(again, "camt.053"), ["duplicate"] * 2)
        self.assertEqual(self.in_journal(), ours)

    def test_reconciled(self):
        one, two = self.twice()
        _liquidity, suspense, _others = two._seek_for_lines()
        suspense.account_id = self.company.account_journal_suspense_account_id.copy()
        self.assertTrue(two.is_reconciled)
        search = self.search()
        self.assertEqual(search.pair_ids.suggestion, "first")
        told = search.pair_ids.action_delete_second()
        self.assertIn("is reconciled", told["params"]["message"])
        self.assertIn("is reconciled", search.pair_ids.refusal)
        self.assertTrue(two.exists())
        search.pair_ids.action_delete_first()
        self.assertEqual(self.in_journal(), two)
        self.assertEqual(self.pushed_again([line("x-1", "5.00")], "coda.2"), ["duplicate"])

    def test_closed_books(self):
        _one, two = self.twice()
        search = self.search()
        self.close_books("hard_lock_date", "2026-03-31")
        told = search.pair_ids.action_delete_second()
        self.assertIn("BB-4106", told["params"]["message"])
        self.assertTrue(two.exists())

    def test_the_bank_statement_stays_whole(self):
        """The line that stays takes the place of the one that goes where no statement of the bank has it."""
        hand = self.by_hand(5, date="2026-03-03")
        self.bring([line("a", "1.00"), line("b", "5.00", "2026-03-02"), line("c", "2.00", "2026-03-04")])
        statement = self.in_journal().statement_id
        bank = statement.line_ids.filtered(lambda line: line.amount == 5)
        pair = self.search().pair_ids
        self.assertEqual((pair.line_id, pair.other_id), (hand, bank))
        pair.action_delete_second()
        self.assertEqual(hand.statement_id, statement)
        self.assertTrue(statement.is_complete and statement.is_valid)
        self.assertEqual((statement.balance_start, statement.balance_end_real), (100, 108))
        self.assertFalse(bank.exists())

    def test_a_statement_of_the_bank_says_what_is_missing(self):
        one, two = self.twice()
        statement = one.statement_id
        self.assertTrue(statement.is_complete)
        other = two.statement_id
        self.bring([line("y", "1.00", "2026-03-03")], "camt.053", number="x-3")
        self.by_hand(9, date="2026-03-03").statement_id = other
        self.search().pair_ids.filtered(lambda pair: pair.other_id == two).action_delete_second()
        self.assertEqual((other.balance_start, other.balance_end_real), (100, 105))
        self.assertFalse(other.is_complete)

    def test_reckoned_statements_are_reckoned_anew(self):
        self.bring([line("a", "5.00"), line("b", "1.00")], opening=None, number="r1")
        self.bring(
            [line("c", "5.00", "2026-03-03"), line("d", "2.00", "2026-03-03")], "ofx.2", opening=None, number="r2"
        )
        self.bring([line("e", "4.00", "2026-03-05")], "ofx.2", opening=None, number="r3")
        statements = self.in_journal().statement_id.sorted("first_line_index")
        self.assertEqual(statements.mapped("balance_end_real"), [6, 13, 17])
        self.search().pair_ids.action_delete_second()
        self.assertEqual(statements.mapped("balance_start"), [0, 6, 8])
        self.assertEqual(statements.mapped("balance_end_real"), [6, 8, 12])
        self.assertTrue(all(statement.is_complete and statement.is_valid for statement in statements))

    def test_a_whole_statement_that_came_twice(self):
        one, two = self.twice()
        double = two.statement_id
        imports = self.env["bank.bridge.import"].search([("statement_ids", "in", double.ids)])
        self.assertTrue(imports)
        self.search().pair_ids.action_delete_second()
        self.assertFalse(double.exists())
        self.assertEqual(imports.statement_ids, one.statement_id)

    def test_held_lines_follow(self):
        one = self.by_hand(5, account_number=OTHER_IBAN)
        two = self.by_hand(5, account_number=ELSEWHERE)
        self.bring([line("b", "5.00")], opening=None)
        held = self.env["bank.bridge.held"].search([("journal_id", "=", self.journal.id)])
        held.chosen_id = two
        self.search().pair_ids.action_delete_second()
        self.assertEqual((held.candidate_ids, held.chosen_id), (one, one))
        held.with_user(self.accountant).action_same()
        self.assertEqual(held.line_id, one)

    def test_parts_of_an_entry_follow(self):
        entry = {"id": "v1:entry", "amount": "8.00"}
        parts = [line("p", "5.00", whole=entry), line("q", "3.00", whole=entry)]
        hand = self.by_hand(5, date="2026-03-03")
        self.bring(parts)
        part = self.env["bank.bridge.identity"].search([("identity", "=", "v1:p")]).line_id
        self.search().pair_ids.action_delete_second()
        self.assertFalse(part.exists())
        whole = self.env["bank.bridge.whole"].search([("identity", "=", "v1:entry")])
        self.assertIn(hand, whole.line_id)
        self.assertEqual(self.pushed_again(parts, "coda.2"), ["duplicate"] * 2)
        self.assertEqual(self.pushed_again([line("entry", "8.00")], "coda.2"), ["duplicate"])

    def test_audit_trail(self):
        self.company.restrictive_audit_trail = True
        one, two = self.twice()
        before, entry = self.balance(), two.move_id
        told = self.search().pair_ids.action_delete_second()
        self.assertIn("audit trail", told["params"]["message"])
        self.assertFalse(two.exists())
        self.assertEqual(entry.state, "cancel")
        self.assertEqual(self.balance(), before - 5)
        self.assertEqual(self.pushed_again([line("x-2", "5.00", "2026-03-03")], "camt.053"), ["duplicate"])
        self.assertEqual(self.in_journal(), one)

    def test_what_the_other_knew_is_learnt(self):
        one, two = self.twice()
        two.write({"partner_name": "Papierhandel De Smet", "account_number": OTHER_IBAN})
        self.search().pair_ids.action_delete_second()
        self.assertEqual((one.partner_name, one.account_number), ("Papierhandel De Smet", OTHER_IBAN))

    def test_form(self):
        self.twice()
        with Form(self.env["bank.bridge.duplicates"].with_user(self.accountant)) as form:
            form.date_from = "2026-01-01"
        search = form.record
        search.action_search()
        with Form(search) as form, form.pair_ids.edit(0) as pair:
            pair.choice = "both"
        self.assertEqual(search.pair_ids.choice, "both")
        for part in ("2026", "coda".upper(), "text of x-1"):
            self.assertIn(part, search.pair_ids.first)

    def test_the_first_day(self):
        statements = self.env["account.bank.statement"].search([("company_id", "=", self.company.id)])
        statements.line_ids.statement_id = False
        statements.unlink()
        today = date.today()
        search = self.env["bank.bridge.duplicates"].with_user(self.accountant)
        self.assertEqual(search.create({}).date_from, today - timedelta(days=90))
        self.bring([line("old", "1.00", "2020-01-01")])
        self.assertEqual(search.create({}).date_from, date(2020, 1, 1))


@tagged("post_install", "-at_install", "bank_bridge")
class TestDuplicatesAccess(DuplicatesCase):
    def setUp(self):
        super().setUp()
        self.lines = self.twice()

    def test_others_may_not(self):
        pair = self.search().pair_ids
        for groups in (
            "account.group_account_readonly",
            "account.group_account_invoice",
            "base.group_user",
            "base.group_portal",
            "base.group_user,bank_bridge.group_import",
        ):
            user = new_test_user(self.env, f"no_{groups.replace(',', '_')}", groups)
            with self.subTest(groups), self.assertRaises(AccessError):
                self.env["bank.bridge.duplicates"].with_user(user).create({"date_from": "2026-01-01"})
            for action in ("action_delete_first", "action_delete_second", "action_keep_both"):
                with self.subTest(groups, action=action), self.assertRaises(AccessError):
                    getattr(pair.with_user(user), action)()
            with self.assertRaises(AccessError):
                self.lines[1].with_user(user)._bridge_delete_for(self.lines[0].with_user(user))
        self.assertTrue(self.lines[1].exists())

    def test_a_search_is_its_users_own(self):
        search = self.search()
        other = new_test_user(self.env, "bridge_other", "account.group_account_basic")
        for record in (search, search.pair_ids):
            with self.assertRaises(AccessError):
                record.with_user(other).read([])
        with self.assertRaises(AccessError):
            search.pair_ids.with_user(other).action_delete_second()

    def test_other_company(self):
        company = self.second_company()
        theirs = self.user_of(company)
        with self.assertRaises(UserError):
            self.search(theirs)
        search = self.env["bank.bridge.duplicates"].with_user(theirs).create({"date_from": "2026-01-01"})
        search.action_search()
        self.assertFalse(search.pair_ids)
        one, two = self.lines
        values = {"search_id": search.id, "line_id": one.id, "other_id": two.id}
        with self.assertRaises(AccessError):
            search.pair_ids.create(values)
        forged = search.pair_ids.sudo().create(values).sudo(False)
        forged.invalidate_recordset()
        for name in ("amount", "journal_id", "first", "suggestion"):
            with self.subTest(name), self.assertRaises(AccessError):
                forged.read([name])
        for action in ("action_keep_both", "action_delete_second"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(forged, action)()
        with self.assertRaises(AccessError):
            forged.other_id = one
        self.env["bank.bridge.pair"]._remember(one, two)
        self.assertFalse(self.env["bank.bridge.pair"].with_user(theirs).search([]))
