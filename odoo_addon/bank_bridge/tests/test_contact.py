"""The contact that secures a connection, and the one-time codes that confirm it."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import bank_bridge_code
from .online import OnlineCase

ADDRESS = "accounts@example.com"
RUN = {"run": "r-1", "registration": None}


class ContactCase(OnlineCase):
    def setUp(self):
        super().setUp()
        self.company.email = "office@example.com"
        self.mails = []
        self.codes = iter(f"{number:06d}" for number in range(111111, 999999, 111111))
        self.startPatcher(patch.object(bank_bridge_code, "new_code", lambda: next(self.codes)))

        def send(mails, **_options):
            self.mails += [(mail.email_to, mail.subject, str(mail.body_html)) for mail in mails]

        self.startPatcher(patch.object(type(self.env["mail.mail"]), "send", send))

    def unconfirmed(self, **values):
        return self.make_connection(
            **{
                "provider": "saltedge",
                "contact": False,
                "contact_verified": False,
                "contact_verified_by": False,
                "state": "not_connected",
                "told_state": "not_connected",
                **values,
            }
        )

    def opened(self, action, user=None):
        """The wizard of an action, as the user's browser opens it."""
        model = self.env[action["res_model"]].with_user(user or self.manager)
        return model.browse(action["res_id"]) if action.get("res_id") else model.with_context(**action["context"])

    def sent(self, connection, address=ADDRESS, button="action_connect"):
        """A wizard whose code is on its way."""
        with Form(self.opened(getattr(connection.with_user(self.manager), button)())) as form:
            form.contact = address
        form.record.action_send()
        return form.record

    def later_by(self, **time):
        """Time goes by for all codes."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE bank_bridge_code SET create_date = create_date - %(time)s, good_until = good_until - %(time)s",
            {"time": timedelta(**time)},
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install", "bank_bridge")
class TestContact(ContactCase):
    def test_confirms_and_goes_on(self):
        asked = self.answering(RUN)
        connection = self.unconfirmed()
        wizard = self.sent(connection, " Accounts@Example.com ")
        self.assertFalse(asked)
        self.assertEqual(wizard.sent_to, ADDRESS)
        (address, subject, body), *_none = self.mails
        self.assertEqual(address, ADDRESS)
        self.assertIn(connection.name, subject)
        for word in ("111111", connection.name, self.company.name, "10 minutes"):
            self.assertIn(word, body)
        wizard.code = "111 111"
        self.assertEqual(wizard.action_confirm()["url"], f"/bank_bridge/connect/{connection.key}?run=r-1")
        self.assertEqual(asked[0][1]["contact"], ADDRESS)
        self.assertEqual((connection.contact, connection.contact_verified_by), (ADDRESS, self.manager))
        self.assertTrue(connection.contact_verified)
        self.assertIn(ADDRESS, self.said(connection)[-1])
        # Good for a while, by the same user.
        self.assertEqual(connection.with_user(self.manager).action_connect()["type"], "ir.actions.act_url")
        self.assertEqual(connection.action_connect()["res_model"], "bank.bridge.contact")
        connection.contact_verified = self.later(minutes=-31)
        self.assertEqual(connection.with_user(self.manager).action_connect()["res_model"], "bank.bridge.contact")

    def test_first_synchronisation(self):
        asked = self.answering(RUN)
        connection = self.unconfirmed(state="connected", told_state="connected", contact=ADDRESS)
        with self.assertRaisesRegex(UserError, "never confirmed"):
            connection.with_user(self.accountant).action_sync()
        self.assertFalse(asked)
        wizard = self.sent(connection, button="action_sync")
        wizard.code = "111111"
        self.assertEqual(wizard.action_confirm()["params"]["type"], "success")
        self.assertEqual(asked[0][0], "bank.sync_start")
        # Confirmed once, synchronising asks for nothing any more.
        connection.contact_verified = self.later(days=-100)
        connection.with_user(self.accountant).action_sync()
        self.assertEqual(len(asked), 2)
        connection.with_user(self.manager).contact = "other@example.com"
        self.assertFalse(connection.contact_verified or connection.contact_verified_by)

    def test_credentials_need_it(self):
        asked = self.answering(RUN)
        connection = self.unconfirmed(provider="ponto", contact=ADDRESS)
        wizards = self.env["bank.bridge.credentials"].with_user(self.manager)
        values = {"connection_id": connection.id, "client_id": "c", "client_secret": "s"}
        with self.assertRaisesRegex(UserError, "Confirm"):
            wizards.create(values)
        self.assertFalse(asked)
        wizard = self.sent(connection)
        wizard.code = "111111"
        self.assertEqual(wizard.action_confirm()["res_model"], "bank.bridge.credentials")
        wizards.create(values)
        self.assertEqual(len(asked), 1)

    def test_wrong_codes(self):
        self.answering(RUN)
        connection = self.unconfirmed()
        wizard = self.sent(connection)
        with self.assertRaisesRegex(UserError, ADDRESS):
            wizard.action_confirm()
        for left in (4, 3, 2, 1):
            wizard.code = "999999"
            self.assertEqual(wizard.action_confirm()["res_model"], "bank.bridge.contact")
            self.assertIn(str(left), wizard.problem)
        wizard.code = "999998"
        self.assertIn("new one", wizard.problem)
        wizard.code = "111111"
        self.assertIn("no longer good", wizard.problem)
        self.assertFalse(connection.contact_verified)
        self.later_by(minutes=2)
        wizard.action_send()
        self.assertFalse(wizard.problem)
        wizard.code = "222222"
        self.assertTrue(connection.contact_verified)

    def test_a_code_is_good_once_and_for_ten_minutes(self):
        connection = self.unconfirmed()
        wizard = self.sent(connection)
        self.later_by(minutes=11)
        wizard.code = "111111"
        self.assertFalse(connection.contact_verified)
        wizard.action_send()
        wizard.code = "222222"
        self.assertTrue(connection.contact_verified)
        connection.contact_verified = False
        wizard.code = "222222"
        self.assertFalse(connection.contact_verified)
        # A newer code ends the one before.
        self.later_by(minutes=2)
        wizard.action_send()
        self.later_by(minutes=2)
        wizard.action_send()
        wizard.code = "333333"
        self.assertFalse(connection.contact_verified)
        wizard.code = "444444"
        self.assertTrue(connection.contact_verified)

    def test_a_code_is_of_one_user_and_one_connection(self):
        connection, other = self.unconfirmed(), self.unconfirmed()
        wizard = self.sent(connection)
        second = new_test_user(self.env, "bridge_second", "account.group_account_manager", company_id=self.company.id)
        codes = self.env["bank.bridge.code"].sudo()
        self.assertFalse(codes.with_user(second).sudo()._check(connection, "111111")[0])
        self.assertFalse(codes.with_user(self.manager).sudo()._check(other, "111111")[0])
        # What is confirmed is what the code was sent to, whatever was typed meanwhile.
        wizard.contact = "thief@example.com"
        wizard.code = "111111"
        self.assertEqual(connection.contact, ADDRESS)

    def test_pace(self):
        connection = self.unconfirmed()
        wizard = self.sent(connection)
        with self.assertRaisesRegex(UserError, "less than a minute"):
            wizard.action_send()
        for _again in range(4):
            self.later_by(minutes=2)
            wizard.action_send()
        self.later_by(minutes=2)
        with self.assertRaisesRegex(UserError, "within an hour"):
            wizard.action_send()
        # Nor by another wizard; another connection still has its own.
        with self.assertRaisesRegex(UserError, "within an hour"):
            self.sent(connection)
        self.sent(self.unconfirmed())
        self.assertEqual(len(self.mails), 6)
        self.later_by(hours=1)
        wizard.action_send()

    def test_contacts(self):
        connection = self.unconfirmed()
        codes = self.env["bank.bridge.code"].with_user(self.manager).sudo()
        for text in ("", " ", "nobody", "a@b@c", "@", "1234", "a" * 250 + "@example.com", "+32 2 555\n12 34 x"):
            with self.subTest(text), self.assertRaises(UserError):
                codes._send(connection, text)
        self.assertFalse(codes.search([]) or self.mails)

    def test_mail_fails(self):
        connection = self.unconfirmed()

        def refuse(*_mails, **_options):
            raise OSError("marker 111111")

        with patch.object(type(self.env["mail.mail"]), "send", refuse), mute_logger("odoo"):
            with self.assertRaisesRegex(UserError, "outgoing mail server") as caught:
                self.sent(connection)
        self.assertNotIn("marker", str(caught.exception))
        self.company.email = self.manager.email = False
        with self.assertRaisesRegex(UserError, self.company.name):
            self.sent(self.unconfirmed())

    def test_text_message(self):
        connection = self.unconfirmed()
        if "sms.sms" not in self.env:
            with self.assertRaisesRegex(UserError, "e-mail address"):
                self.sent(connection, "+32 2 555 12 34")
            return
        messages = []

        def send(message, **_options):
            messages.append((message.number, message.body))
            message.state = "pending" if len(messages) == 1 else "error"

        with patch.object(type(self.env["sms.sms"]), "send", send):
            wizard = self.sent(connection, "+32 470 12 34 56")
            self.later_by(minutes=2)
            with self.assertRaisesRegex(UserError, "e-mail address"):
                wizard.action_send()
        self.assertIn("111111", messages[0][1])
        self.assertFalse(self.env["sms.sms"].sudo().search([("body", "like", "111111")]))
        wizard.code = "111111"

    def test_nobody_reads_the_code(self):
        connection = self.unconfirmed()
        wizard = self.sent(connection)
        self.env.flush_all()
        for table in ("bank_bridge_contact", "bank_bridge_code", "bank_bridge_connection", "mail_message", "mail_mail"):
            self.env.cr.execute(f"SELECT to_jsonb(one)::text FROM {table} one")
            self.assertNotIn("111111", str(self.env.cr.fetchall()), table)
        self.assertTrue(self.env["bank.bridge.code"].sudo().search([])[0].digest)
        wizard.code = "111111"
        self.env.flush_all()
        self.assertFalse(self.env["bank.bridge.code"].sudo().search([])[0].digest)
        self.assertNotIn("111111", str(wizard.read()) + str(self.said(connection)))
        administrator = new_test_user(self.env, "bridge_root", "base.group_system,account.group_account_manager")
        for user in (self.manager, self.accountant, administrator):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["bank.bridge.code"].with_user(user).search([]).read()

    def test_others(self):
        connection = self.unconfirmed(contact=ADDRESS)
        wizard = self.sent(connection)
        users = [
            self.accountant,
            new_test_user(self.env, "bridge_billing", "account.group_account_invoice"),
            new_test_user(self.env, "bridge_portal", "base.group_portal"),
            self.env.ref("base.public_user"),
            self.importer,
        ]
        for user in users:
            for name in ("action_send", "action_change", "action_confirm", "read"):
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    getattr(wizard.with_user(user), name)()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["bank.bridge.contact"].with_user(user).create({"connection_id": connection.id})
        second = new_test_user(self.env, "bridge_second", "account.group_account_manager", company_id=self.company.id)
        with self.assertRaises(AccessError):
            wizard.with_user(second).action_confirm()
        company = self.second_company()
        theirs = self.user_of(company, "account.group_account_manager")
        for model, name in (("bank.bridge.contact", "contact"), ("bank.bridge.credentials", "client_id")):
            wizards = self.env[model].with_user(theirs)
            with self.subTest(model), self.assertRaises(AccessError):
                wizards.create({"connection_id": connection.id, name: "c"})
            with self.subTest(model), self.assertRaises(AccessError):
                wizards.new({"connection_id": connection.id})[name]
        manager = connection.with_user(self.manager)
        for values in ({"contact_verified": "2026-01-01"}, {"contact_verified_by": self.manager.id}):
            with self.assertRaises(AccessError):
                manager.write(values)
