"""Add a Bank Account, last step: a journal for each account, and the day to begin with."""

from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import IBAN, OTHER_IBAN
from .test_setup import SetupCase

NUMBER = "BE71096123456769"


@tagged("post_install", "-at_install", "bank_bridge")
class TestSetupAccounts(SetupCase):
    def setUp(self):
        super().setUp()
        self.today = fields.Date.context_today(self.manager)

    def only_line(self, *accounts, **options):
        setup = self.arrived(*accounts, **options)
        self.assertEqual(len(setup.account_ids), 1)
        return setup, setup.account_ids

    def use_up_journals(self):
        """No journal is left that nobody uses."""
        unused = self.env["account.journal"].search([("type", "=", "bank"), ("bank_account_id", "=", False)])
        for number, journal in enumerate(unused):
            journal.set_bank_account(f"999{number:06d}")

    def test_journal_of_that_number(self):
        setup, line = self.only_line(self.shown(reference=IBAN))
        self.assertEqual((line.choice, line.journal_id), ("existing", self.journal))
        self.assertEqual(line.start_date, self.today - timedelta(days=90))
        self.assertFalse(line.note)
        action = setup.action_finish()
        self.assertEqual((action["res_model"], action["res_id"]), ("bank.bridge.connection", setup.connection_id.id))
        self.assertEqual(line.account_id.journal_id, self.journal)
        self.assertEqual(self.asked[-1][0], "bank.sync_start")

    def test_new_journal(self):
        self.use_up_journals()
        setup, line = self.only_line(self.shown(reference=NUMBER))
        self.assertEqual((line.choice, line.journal_id.id), ("new", False))
        self.assertEqual(line.journal_name, "KBC Belgium Zichtrekening")
        line.journal_name = "Our KBC"
        setup.action_finish()
        journal = line.account_id.journal_id
        self.assertEqual((journal.name, journal.type, journal.company_id), ("Our KBC", "bank", self.company))
        self.assertEqual(journal.bank_account_id.sanitized_acc_number, NUMBER)
        self.assertTrue(journal.code)
        self.assertFalse(journal.currency_id)

    def test_new_journal_of_another_currency(self):
        self.use_up_journals()
        self.env.ref("base.USD").active = True
        accounts = [self.shown("a-1", NUMBER, currency="USD"), self.shown("a-2", OTHER_IBAN)]
        setup = self.arrived(*accounts)
        self.assertEqual(setup.account_ids.mapped("choice"), ["new", "new"])
        setup.action_finish()
        dollars, euros = setup.account_ids.account_id.sorted("external_id").journal_id
        self.assertEqual((dollars.currency_id.name, euros.currency_id.name), ("USD", False))
        self.assertNotEqual(dollars.code, euros.code)

    def test_a_journal_that_nobody_uses(self):
        self.use_up_journals()
        unused = self.make_journal("BBS2")
        accounts = [self.shown("a-1", NUMBER), self.shown("a-2", OTHER_IBAN)]
        setup = self.arrived(*accounts)
        first, second = setup.account_ids
        self.assertEqual((first.journal_id, second.choice), (unused, "new"))
        setup.action_finish()
        self.assertEqual(unused.bank_account_id.sanitized_acc_number, NUMBER)

    def test_from_a_journals_card(self):
        self.use_up_journals()
        self.make_journal("BBS3")
        wanted = self.make_journal("BBS4")
        setup = self.setup_of(default_journal_id=wanted.id)
        self.choose(setup, "saltedge")
        self.confirm(setup)
        setup, line = self.only_line(self.shown(reference=NUMBER), setup=setup)
        self.assertEqual(line.journal_id, wanted)

    def test_not_now(self):
        setup, line = self.only_line(self.shown(reference=IBAN))
        line.choice = "later"
        del self.asked[:]
        setup.action_finish()
        self.assertFalse(line.account_id.journal_id or line.account_id.active)
        self.assertFalse(self.asked)
        # Nor does a later run choose a journal for it; the wizard shows it again.
        connection = setup.connection_id
        run, _answer = self.begin("accounts", connection=connection.sudo())
        self.show(run, self.shown(reference=IBAN))
        self.end(run)
        self.assertFalse(line.account_id.journal_id)
        again = (
            self.env["bank.bridge.setup"].with_user(self.manager).browse(connection.action_continue_setup()["res_id"])
        )
        self.assertEqual((again.account_ids.account_id, again.account_ids.choice), (line.account_id, "later"))
        again.account_ids.write({"choice": "existing", "journal_id": self.journal.id})
        again.action_finish()
        self.assertEqual((line.account_id.journal_id, line.account_id.active), (self.journal, True))

    def test_an_account_that_comes_in_already(self):
        self.linked(self.shown(reference=IBAN))
        setup, line = self.only_line(self.shown(reference=IBAN))
        self.assertEqual((line.choice, line.journal_id), ("later", self.journal))
        self.assertIn(self.connection.name, line.note)
        setup.action_finish()
        self.assertFalse(line.account_id.journal_id)
        # From one that works no more, it moves.
        self.connection.state = "error"
        other = self.arrived(self.shown(reference=IBAN), setup=self.at_connect())
        self.assertEqual(other.account_ids.choice, "existing")
        other.action_finish()
        self.assertEqual(other.account_ids.account_id.journal_id, self.journal)

    def test_after_the_last_line(self):
        last = self.today - timedelta(days=9)
        self.by_hand(5, date=last)
        setup, line = self.only_line(self.shown(reference=IBAN))
        self.assertEqual(line.start_date, last + timedelta(days=1))
        self.assertIn("Last line", line.note)
        # He may begin earlier.
        line.start_date = last - timedelta(days=30)
        setup.action_finish()
        self.assertEqual(line.account_id.start_date, last - timedelta(days=30))
        # More may come today.
        self.by_hand(5, date=self.today)
        self.assertEqual(line._proposed_start(), self.today)

    def test_never_in_a_closed_period(self):
        closed = self.today.replace(day=1) - timedelta(days=1)
        self.close_books("fiscalyear_lock_date", closed)
        setup, line = self.only_line(self.shown(reference=IBAN))
        self.assertEqual(line.start_date, closed + timedelta(days=1))
        self.assertIn("closed", line.note)
        with Form(setup) as form:
            with form.account_ids.edit(0) as one:
                one.start_date = closed - timedelta(days=5)
                self.assertEqual(one.start_date, closed + timedelta(days=1))
                self.assertIn("closed", one.note)
                one.choice = "new"
                self.assertFalse(one.journal_id)
                one.journal_name = "Anew"
        # Nor past the form.
        line.start_date = date(2020, 1, 1)
        setup.action_finish()
        self.assertEqual(line.account_id.start_date, closed + timedelta(days=1))

    def test_choices_that_do_not_work(self):
        setup = self.arrived(self.shown("a-1", IBAN), self.shown("a-2", NUMBER))
        first, second = setup.account_ids
        second.write({"choice": "existing", "journal_id": False})
        with self.assertRaisesRegex(UserError, NUMBER):
            setup.action_finish()
        second.journal_id = first.journal_id
        with self.assertRaisesRegex(UserError, "one journal"):
            setup.action_finish()
        self.assertIn(self.journal.bank_account_id.acc_number, second.note)
        self.assertEqual(setup.state, "accounts")
        # An account of another connection.
        self.linked()
        second.write({"account_id": self.account().id, "choice": "later"})
        with self.assertRaises(AccessError):
            setup.action_finish()
        self.assertTrue(self.account().journal_id)

    def test_accounts_that_come_later(self):
        setup, line = self.only_line(self.shown("a-1", IBAN))
        line.choice = "later"
        run, _answer = self.begin("accounts", connection=setup.connection_id.sudo())
        self.show(run, self.shown("a-1", IBAN), self.shown("a-2", NUMBER))
        self.end(run)
        setup.action_refresh()
        self.assertEqual((len(setup.account_ids), line.choice), (2, "later"))
