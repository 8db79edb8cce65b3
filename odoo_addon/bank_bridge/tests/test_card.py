from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import OTHER_IBAN
from .online import OnlineCase

NOW = "2026-03-02 10:00:00"
BUTTONS = ("action_bridge_connect_bank", "action_bridge_sync", "action_bridge_open_connection")


@tagged("post_install", "-at_install", "bank_bridge")
class TestCard(OnlineCase):
    """What the card of a bank journal on the dashboard shows, and to whom."""

    def card(self, user=None, journal=None, companies=None):
        journal = (journal or self.journal).with_user(user or self.manager)
        if companies:
            journal = journal.with_context(allowed_company_ids=companies.ids)
        return journal._get_journal_dashboard_data_batched()[journal.id].get("bank_bridge")

    def link(self, journal=None, connection=None, external_id="acc-1", **values):
        return self.env["bank.bridge.account"].create(
            {
                "connection_id": (connection or self.connection).id,
                "external_id": external_id,
                "reference": OTHER_IBAN,
                "currency_id": self.company.currency_id.id,
                "journal_id": (journal or self.journal).id,
                **values,
            }
        )

    def test_nothing_linked(self):
        auditor = new_test_user(self.env, "bridge_auditor", "account.group_account_readonly")
        expected = {
            self.manager: {"can_connect": True, "can_import": True, "online": None},
            self.accountant: {"can_connect": False, "can_import": True, "online": None},
            auditor: {"can_connect": False, "can_import": False, "online": None},
        }
        for user, card in expected.items():
            with self.subTest(user.login):
                self.assertEqual(self.card(user), card)
        credit = self.make_journal("BBT2", type="credit")
        self.assertTrue(self.card(journal=credit))
        cash = self.make_journal("BBT3", type="cash")
        self.assertFalse(self.card(journal=cash))

    def test_linked(self):
        with freeze_time(NOW):
            self.link(balance=812.5, balance_date="2026-03-01", last_sync=fields.Datetime.now() - timedelta(hours=2))
            self.connection.next_sync = self.later(hours=10)
            card = self.card(self.accountant)
        self.assertFalse(card["can_connect"])
        online = card["online"]
        self.assertEqual(
            (online["name"], online["state"], online["state_colour"]), ("Testbank", "connected", "success")
        )
        self.assertEqual((online["state_text"], online["code"], online["message"]), ("Connected", "", ""))
        self.assertIn("812.50", online["balance"])
        self.assertEqual(online["balance_date"], "03/01/2026")
        self.assertEqual((online["last"], online["next"]), ("2 hours ago", "in 10 hours"))
        self.assertTrue(online["can_sync"] and online["last_exact"] and online["next_exact"])
        self.assertFalse(online["consent"])
        self.connection.automatic = False
        self.assertEqual(self.card()["online"]["next"], "")

    def test_overdue(self):
        self.link()
        self.connection.next_sync = self.later(hours=-3)
        online = self.card()["online"]
        self.assertEqual(online["next"], "in 1 minute")
        self.assertEqual((online["last"], online["balance"]), ("", ""))

    def test_in_another_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.manager.lang = "nl_NL"
        with freeze_time(NOW):
            self.link(last_sync=fields.Datetime.now() - timedelta(hours=2))
            journal = self.journal.with_user(self.manager).with_context(lang="nl_NL")
            online = journal._get_journal_dashboard_data_batched()[journal.id]["bank_bridge"]["online"]
        self.assertEqual(online["last"], "2 uur geleden")

    def test_error(self):
        account = self.link()
        run, _answer = self.begin()
        self.end(run, "failed", code="BB-2203")
        online = self.card()["online"]
        self.assertEqual((online["code"], online["state_colour"]), ("BB-2203", "danger"))
        self.assertEqual(online["message"], "The consent to read the accounts has ended.")
        # The account's own code says more of this journal.
        account.write({"code": "BB-2208", "message": "retired"})
        online = self.card()["online"]
        self.assertEqual((online["code"], online["message"]), ("BB-2208", "retired"))
        run, _answer = self.begin("accounts")
        self.end(run)
        self.assertFalse(self.card()["online"]["code"])

    def test_states(self):
        self.link()
        for state, colour, can_sync in (
            ("not_connected", "secondary", False),
            ("waiting", "warning", False),
            ("connected", "success", True),
            ("error", "danger", True),
        ):
            with self.subTest(state):
                self.connection.state = state
                online = self.card()["online"]
                self.assertEqual((online["state_colour"], online["can_sync"]), (colour, can_sync))
                self.assertFalse(self.card()["can_connect"])

    def test_consent(self):
        self.link()
        for days, expected in ((31, None), (29, "warning"), (1, "warning"), (-1, "danger")):
            with self.subTest(days):
                self.connection.consent_until = self.later(days=days)
                consent = self.card()["online"]["consent"]
                self.assertEqual(consent and consent["colour"], expected)
        self.assertIn("ended on", consent["text"])
        self.connection.state = "not_connected"
        self.assertFalse(self.card()["online"]["consent"])

    def test_of_two_connections_the_one_that_works(self):
        self.link(last_sync=self.later(hours=-1))
        other = self.make_connection(name="Andere bank")
        self.link(connection=other, external_id="acc-2", last_sync=self.later(hours=-30))
        self.assertEqual(self.card()["online"]["name"], "Testbank")
        self.connection.state = "not_connected"
        self.assertEqual(self.card()["online"]["name"], "Andere bank")
        other.account_ids.active = False
        self.assertEqual(self.card()["online"]["name"], "Testbank")

    def test_who_sees_nothing(self):
        self.link()
        billing = new_test_user(self.env, "bridge_billing", "account.group_account_invoice")
        self.assertIsNone(self.card(billing))
        company = self.second_company()
        self.manager.company_ids |= company
        theirs = self.make_journal("BBT4", company=company)
        connection = self.make_connection(company_id=company.id, name="Elders")
        self.link(theirs, connection, "acc-9")
        self.assertEqual(self.card(journal=theirs, companies=company)["online"]["name"], "Elders")
        self.assertIsNone(self.card(journal=theirs, companies=self.company))
        self.assertEqual(self.card(companies=self.company | company)["online"]["name"], "Testbank")

    @contextmanager
    def counting(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.queries = None
        yield
        self.queries = self.env.cr.sql_log_count - before

    def test_as_many_queries_for_many(self):
        journals = self.journal
        self.link()
        for number in range(6):
            journal = self.make_journal(f"BBQ{number}")
            self.link(journal, self.make_connection(name=f"Bank {number}"), f"acc-q{number}")
            journals |= journal
        counts = []
        for some in (journals[:2], journals, journals[:2]):
            some = some.with_user(self.manager)
            data = {journal.id: {} for journal in some}
            with self.counting():
                some._fill_bank_bridge(data)
            counts.append(self.queries)
            self.assertEqual(len([one for one in data.values() if one["bank_bridge"]["online"]]), len(some))
        self.assertEqual(counts[1], counts[2])

    def test_buttons(self):
        self.link()
        asked = self.answering({"run": "r-1"})
        self.journal.with_user(self.accountant).action_bridge_sync()
        self.assertEqual(asked[0][0], "bank.sync_start")
        self.assertEqual(self.connection.last_user_id, self.accountant)
        action = self.journal.with_user(self.accountant).action_bridge_open_connection()
        self.assertEqual((action["res_model"], action["res_id"]), ("bank.bridge.connection", self.connection.id))

    def test_connect_begins_with_this_journal(self):
        if not self.env.ref("bank_bridge.action_setup", raise_if_not_found=False):
            action = self.env["ir.actions.act_window"].create({"name": "Add", "res_model": "bank.bridge.connection"})
            self.env["ir.model.data"].create(
                {"module": "bank_bridge", "name": "action_setup", "model": action._name, "res_id": action.id}
            )
        action = self.journal.with_user(self.manager).action_bridge_connect_bank()
        self.assertEqual(action["context"]["default_journal_id"], self.journal.id)

    def test_buttons_without_a_connection(self):
        for name in BUTTONS[1:]:
            with self.subTest(name), self.assertRaises(UserError):
                getattr(self.journal.with_user(self.manager), name)()

    def test_who_may_not_press(self):
        self.link()
        asked = self.answering({"run": "r-1"})
        company = self.second_company()
        users = {
            new_test_user(self.env, "bridge_billing", "account.group_account_invoice"): BUTTONS,
            new_test_user(self.env, "bridge_portal", "base.group_portal"): BUTTONS,
            new_test_user(self.env, "bridge_auditor", "account.group_account_readonly"): BUTTONS[:2],
            self.accountant: BUTTONS[:1],
            self.user_of(company, "account.group_account_manager"): BUTTONS,
        }
        for user, names in users.items():
            for name in names:
                with self.subTest(user=user.login, button=name), self.assertRaises(AccessError):
                    getattr(self.journal.with_user(user), name)()
        self.assertFalse(asked)

    def test_view(self):
        view = self.env.ref("account.account_journal_dashboard_kanban_view")
        arch = self.env["account.journal"].with_user(self.accountant).get_view(view.id, "kanban")["arch"]
        for name in ("bank_bridge_card", "action_bridge_connect_bank", "action_bridge_sync", "account_file_uploader"):
            self.assertIn(name, arch)
