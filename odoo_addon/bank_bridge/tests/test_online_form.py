from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import line
from .online import OnlineCase

OPENING = ("action_open_transactions", "action_open_held", "action_open_runs")


@tagged("post_install", "-at_install", "bank_bridge")
class TestOnlineForm(OnlineCase):
    """What the form of a connection shows beside its fields."""

    def failing(self, code, **options):
        run, _answer = self.begin()
        self.end(run, "failed", code=code, **options)
        return run

    def test_counts(self):
        connection = self.connection
        self.assertEqual((connection.count_transactions, connection.count_held, connection.count_runs), (0, 0, 0))
        self.linked()
        self.sync([line("a", "1.00"), line("b", "2.00")])
        connection.invalidate_recordset()
        seen = connection.with_user(self.accountant)
        self.assertEqual((seen.count_transactions, seen.count_held, seen.count_runs), (2, 0, 1))
        self.env["bank.bridge.held"].create(
            [
                {
                    "journal_id": self.journal.id,
                    "identity": f"v1:{state}",
                    "source": "x",
                    "state": state,
                    "currency_id": self.company.currency_id.id,
                }
                for state in ("open", "settled")
            ]
        )
        # Another connection has none of it.
        other = self.make_connection()
        (connection | other).invalidate_recordset()
        self.assertEqual((connection.count_held, other.count_held, other.count_transactions), (1, 0, 0))
        for name, model in zip(OPENING, ("account.bank.statement.line", "bank.bridge.held", "bank.bridge.import")):
            action = getattr(seen, name)()
            found = self.env[model].with_user(self.accountant).search(action["domain"])
            count = {"action_open_transactions": 2}.get(name, 1)
            self.assertEqual((action["res_model"], len(found)), (model, count), name)

    def test_who_may_not_open(self):
        company = self.second_company()
        users = [
            new_test_user(self.env, "bridge_billing", "account.group_account_invoice"),
            new_test_user(self.env, "bridge_portal", "base.group_portal"),
            new_test_user(
                self.env,
                "bridge_elsewhere",
                "account.group_account_manager",
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            ),
        ]
        for user in users:
            for name in OPENING:
                with self.subTest(user=user.login, button=name), self.assertRaises(AccessError):
                    getattr(self.connection.with_user(user), name)()

    def test_the_readers_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.env["ir.module.module"].search([("name", "=", "bank_bridge")])._update_translations(["nl_NL"])
        arguments = {"reason": "no route", "token": "marker"}
        self.failing("BB-2001", args=arguments, message="Ponto cannot be reached: no route")
        english, dutch = self.connection, self.connection.with_context(lang="nl_NL")
        self.assertEqual(english.sentence, "Ponto cannot be reached: no route")
        self.assertEqual(english.next_step, "Nothing to do: the next run tries again.")
        self.assertIn("no route", dutch.sentence)
        self.assertNotEqual(dutch.sentence, english.sentence)
        self.assertNotEqual(dutch.next_step, english.next_step)
        # What the sentence does not name is not kept.
        self.assertEqual(english.code_args, {"provider": "Ponto", "reason": "no route"})
        self.failing("BB-2301", args={"provider": "x" * 5000})
        self.assertEqual(len(self.connection.code_args["provider"]), 500)
        run, _answer = self.begin()
        self.end(run)
        self.assertFalse(english.sentence or english.next_step or english.code_args)

    def test_unknown_code(self):
        self.failing("BB-2999", message="something new of a later bridge")
        self.assertEqual(self.connection.sentence, "something new of a later bridge")
        self.assertFalse(self.connection.next_step)

    def test_arguments_are_the_bridges(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.manager).code_args = {"provider": "x"}

    def test_copy(self):
        self.assertFalse(self.connection.is_copy)
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.connection.invalidate_recordset()
        self.assertTrue(self.connection.with_user(self.accountant).is_copy)

    def test_busy(self):
        run, _answer = self.begin()
        self.assertTrue(self.connection.with_user(self.accountant).busy)
        self.end(run)
        self.assertFalse(self.connection.busy)

    def test_consent(self):
        connection = self.connection
        for days, ended in ((29, False), (-1, True)):
            connection.consent_until = self.later(days=days)
            self.assertEqual((bool(connection.consent_text), connection.consent_ended), (True, ended))
        connection.consent_until = self.later(days=31)
        self.assertFalse(connection.consent_text or connection.consent_ended)

    def test_forms_open(self):
        self.failing("BB-2203")
        for user in (self.accountant, self.manager):
            Form(self.connection.with_user(user))
        self.env["bank.bridge.connection"].with_user(self.accountant).get_view(view_type="kanban")

    def test_support_line_of_a_run(self):
        origin = {"provider": "Ponto", "class": "authorizationExpired", "request": "1b2c3d"}
        first = self.failing("BB-2203", origin=origin)
        record = self.connection.import_ids
        self.assertEqual(record.support_line, self.connection.support_line)
        self.assertIn("1b2c3d", record.support_line)
        self.assertIn("Press Update Credentials", record.next_step)
        self.failing("BB-2301")
        record.invalidate_recordset()
        self.assertTrue(record.support_line.startswith(f"BB-2203 · ponto · run {first} · "), record.support_line)
        self.assertNotIn("1b2c3d", record.support_line)

    def test_support_line_of_a_file(self):
        run, _answer = self.open_run()
        record = self.env["bank.bridge.import"].search([("run", "=", run)])
        self.assertFalse(record.support_line or record.next_step)
        self.bridge.bridge_close(run=run, state="failed", code="BB-4013", message="m")
        self.assertTrue(record.support_line.startswith(f"BB-4013 · coda.2 · run {run} · "), record.support_line)
        self.assertIn("limit of the proxy", record.next_step)
        Form(record.with_user(self.accountant), "bank_bridge.import_form")

    def test_support_line_of_the_registration(self):
        registration = self.env["bank.bridge.registration"]._get()
        settings = self.env["res.config.settings"].create({})
        self.assertFalse(settings.bank_bridge_support_line)
        registration.write({"state": "failed", "code": "BB-1022", "message": "m", "token": "marker"})
        settings = self.env["res.config.settings"].create({})
        self.assertRegex(settings.bank_bridge_support_line, r"^BB-1022 · registration · \d{4}-\d\d-\d\d \d\d:\d\d UTC$")
