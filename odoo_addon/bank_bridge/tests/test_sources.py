"""One transaction by several roads: online, by file, and online under another name."""

from odoo.tests import tagged

from ..models.recognition import source_family
from .common import OTHER_IBAN, line, payer
from .online import OnlineCase


@tagged("post_install", "-at_install", "bank_bridge")
class TestSources(OnlineCase):
    def setUp(self):
        super().setUp()
        self.linked()

    def new_consent(self):
        run, _answer = self.begin("return")
        self.show(run, self.shown(), relinked=True)
        self.end(run)

    def test_family(self):
        self.assertEqual(source_family("online.ponto.7.1"), "online.ponto.7.1")
        self.assertNotEqual(source_family("online.ponto.7.2"), source_family("online.ponto.7.1"))
        self.assertEqual(source_family("coda.2"), "coda")

    def test_file_after_online(self):
        first = self.sync([line("o1", "10.00", counterparty=payer(OTHER_IBAN)), line("o2", "-4.00")])
        lines = [line("c1", "10.00"), line("c2", "-4.00"), line("c3", "6.00")]
        answer = self.bring(lines)
        self.assertEqual(self.results(answer), ["matched", "matched", "created"])
        self.assertEqual([one["line"] for one in answer["lines"]][:2], [one["line"] for one in first["lines"]])
        # The file has balances, the online statement had none of its own.
        statement = self.in_journal().statement_id
        self.assertEqual(
            (statement.id, statement.balance_start, statement.balance_end_real), (answer["statement"], 100, 112)
        )
        self.assertTrue(statement.is_complete and statement.is_valid)
        self.assertEqual(self.results(self.bring(lines)), ["duplicate"] * 3)

    def test_online_after_file(self):
        """The provider was away, a file helped out, and the provider catches up."""
        self.sync([line("o0", "1.00", "2026-03-01")])
        self.bring([line("c1", "10.00"), line("c2", "-4.00")])
        lines = [
            line("o0", "1.00", "2026-03-01"),
            line("o1", "10.00"),
            line("o2", "-4.00", counterparty=payer(OTHER_IBAN)),
            line("o3", "6.00", "2026-03-03"),
        ]
        answer = self.sync(lines)
        self.assertEqual(self.results(answer), ["duplicate", "matched", "matched", "created"])
        self.assertEqual(len(self.in_journal()), 4)
        self.assertEqual(self.results(self.sync(lines)), ["duplicate"] * 4)
        self.assertEqual(self.results(self.bring([line("c1", "10.00"), line("c2", "-4.00")])), ["duplicate"] * 2)

    def test_partly_overlapping(self):
        self.sync([line("o1", "10.00"), line("o2", "-4.00")])
        answer = self.bring([line("c2", "-4.00"), line("c3", "7.00"), line("c4", "8.00", "2026-03-03")])
        self.assertEqual(self.results(answer), ["matched", "created", "created"])
        answer = self.sync(
            [line("o1", "10.00"), line("o2", "-4.00"), line("o3", "7.00"), line("o4", "8.00", "2026-03-03")]
        )
        self.assertEqual(self.results(answer), ["duplicate", "duplicate", "matched", "matched"])
        self.assertEqual(len(self.in_journal()), 4)

    def test_identical_payments(self):
        twice = [line("o1", "-5.00"), line("o2", "-5.00")]
        self.sync(twice)
        self.assertEqual(self.results(self.bring([line("c1", "-5.00"), line("c2", "-5.00")])), ["matched"] * 2)
        self.assertEqual(self.results(self.sync([*twice, line("o3", "-5.00")])), ["duplicate", "duplicate", "created"])
        three = [line("c1", "-5.00"), line("c2", "-5.00"), line("c3", "-5.00")]
        self.assertEqual(self.results(self.bring(three)), ["duplicate", "duplicate", "matched"])
        self.assertEqual(len(self.in_journal()), 3)

    def test_new_names_after_a_new_consent(self):
        self.sync([line("a1", "10.00"), line("a2", "-5.00"), line("a3", "-5.00")])
        self.new_consent()
        renamed = [line("b1", "10.00"), line("b2", "-5.00"), line("b3", "-5.00"), line("b4", "2.00")]
        self.assertEqual(self.results(self.sync(renamed)), ["matched", "matched", "matched", "created"])
        self.assertEqual(self.results(self.sync(renamed)), ["duplicate"] * 4)
        self.assertEqual(len(self.in_journal()), 4)
        # Without a new consent, another name is another transaction.
        self.assertEqual(self.results(self.sync([*renamed, line("b5", "2.00")])), ["duplicate"] * 4 + ["created"])

    def test_old_names_after_a_new_consent(self):
        lines = [line("a1", "10.00"), line("a2", "-5.00")]
        self.sync(lines)
        self.new_consent()
        self.assertEqual(self.results(self.sync([*lines, line("a3", "10.00")])), ["duplicate", "duplicate", "created"])

    def test_undecidable_after_a_new_consent(self):
        first = self.sync(
            [
                line("a1", "5.00", counterparty=payer(OTHER_IBAN)),
                line("a2", "5.00", counterparty=payer("BE71096123456769")),
            ]
        )
        self.new_consent()
        answer = self.sync([line("b1", "5.00")])
        self.assertEqual(self.results(answer), ["held"])
        candidates = [one["line"] for one in first["lines"]]
        self.assertEqual(answer["lines"][0]["candidates"], candidates)
        held = self.env["bank.bridge.held"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual((held.candidate_ids.ids, held.source), (candidates, self.account().source))
        held.with_user(self.accountant).chosen_id = held.candidate_ids[0]
        held.with_user(self.accountant).action_same()
        self.assertEqual(self.results(self.sync([line("b1", "5.00")])), ["duplicate"])
        self.assertEqual(len(self.in_journal()), 2)

    def test_two_connections_of_one_account(self):
        """The same account through two providers."""
        other = self.make_connection(name="Andere", provider="saltedge")
        run, _answer = self.begin("accounts", connection=other)
        self.show(run, self.shown("x-1"))
        self.end(run)
        self.assertEqual(self.account("x-1", other).journal_id, self.journal)
        self.sync([line("o1", "10.00")])
        run, _answer = self.begin(connection=other)
        answer = self.push_online(
            run, [line("x1", "10.00"), line("x2", "3.00")], source=self.account("x-1", other).source
        )
        self.assertEqual(self.results(answer), ["matched", "created"])
        self.assertEqual(self.results(self.sync([line("o1", "10.00"), line("o2", "3.00")])), ["duplicate", "matched"])
