from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.bank_bridge_registration import BridgeFailure
from ..models.connection_trouble import CONSENT, OF_ADMINISTRATORS, TROUBLE
from ..models.messages import TABLE
from .online import OnlineCase

IMPORT = "bank_bridge.group_import"


@tagged("post_install", "-at_install", "bank_bridge")
class TestTrouble(OnlineCase):
    """Who is asked to mend an error, and when."""

    def failing(self, code="BB-2203", **options):
        run, _answer = self.begin()
        self.end(run, "failed", code=code, **options)

    def good(self):
        run, _answer = self.begin()
        self.end(run)

    def planned(self):
        return self.connection.activity_search([TROUBLE])

    def test_only_a_person_helps(self):
        self.failing("BB-2203")
        activity = self.planned()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.summary, "BB-2203: The consent to read the accounts has ended.")
        self.assertIn("Press Update Credentials", str(activity.note))
        self.assertIn(self.connection.support_line, str(activity.note))
        # The same again asks nobody again.
        self.failing("BB-2203")
        self.assertEqual(self.planned(), activity)
        self.failing("BB-2202")
        self.assertEqual(self.planned(), activity)
        self.assertIn("BB-2202", activity.summary)
        said = len(self.said())
        self.good()
        self.assertFalse(self.planned() or self.connection.trouble_since)
        self.assertEqual(len(self.said()), said + 1)

    def test_what_passes_by_itself(self):
        with freeze_time("2026-03-02 10:00:00"):
            self.failing("BB-2301")
        self.assertFalse(self.planned())
        with freeze_time("2026-03-03 09:59:00"):
            self.failing("BB-2001", args={"provider": "Ponto", "reason": "dns"})
        self.assertFalse(self.planned())
        with freeze_time("2026-03-03 10:00:00"):
            self.failing("BB-2001", args={"provider": "Ponto", "reason": "dns"})
        self.assertEqual(self.planned().summary, "BB-2001: Ponto cannot be reached: dns")
        # It worked in between: the day begins anew.
        self.good()
        self.failing("BB-2301")
        self.assertFalse(self.planned())

    def test_unknown_code(self):
        self.failing("BB-2999", message="new")
        self.assertFalse(self.planned())
        self.connection.trouble_since = self.later(hours=-25)
        self.failing("BB-2999", message="new")
        self.assertEqual(self.planned().summary, "BB-2999: new")

    def test_bridge_that_cannot_be_asked(self):
        self.answering(BridgeFailure("BB-1022", address="http://127.0.0.1:1"))
        self.connection.with_user(self.accountant).action_sync()
        self.assertEqual(self.connection.state, "error")
        self.assertFalse(self.planned())
        self.connection.trouble_since = self.later(hours=-25)
        self.connection.with_user(self.accountant).action_sync()
        self.assertEqual(len(self.planned()), 1)

    def test_one_account(self):
        self.linked()
        run, _answer = self.begin()
        self.end(run, accounts=[{"id": "acc-1", "code": "BB-2208", "args": {}, "message": "m"}])
        self.assertIn("BB-2208", self.planned().summary)

    def test_administrators_mend_the_settings(self):
        self.failing("BB-2014", args={"provider": "Ponto", "option": "app_id"})
        asked = self.planned().user_id
        self.assertTrue(asked.has_group("base.group_system") and asked.has_group("account.group_account_basic"))
        self.assertIn(self.company, asked.company_ids)
        self.good()
        # Where no administrator may look at connections, the responsible user has to tell him.
        self.patch(type(self.env["res.users"]), "has_group", lambda user, group: group != "base.group_system")
        self.failing("BB-2014", args={"provider": "Ponto", "option": "app_id"})
        self.assertEqual(self.planned().user_id, self.manager)

    def test_codes_of_administrators_are_known(self):
        registration = {"BB-1001", "BB-1022", "BB-1023", "BB-1024", "BB-1025", "BB-4003"}
        self.assertFalse(OF_ADMINISTRATORS - registration - set(TABLE))
        for code, entry in TABLE.items():
            if entry.step and "dministrator has to" in str(entry.step):
                self.assertIn(code, OF_ADMINISTRATORS)

    def test_responsible_who_may_no_more(self):
        gone = new_test_user(self.env, "bridge_gone", "base.group_user")
        self.connection.write({"user_id": gone.id, "last_user_id": self.accountant.id})
        self.failing()
        self.assertEqual(self.planned().user_id, self.accountant)

    def test_nobody_to_ask(self):
        self.connection.user_id = False
        self.patch(type(self.connection), "_who_renews", lambda connection: connection.env["res.users"])
        self.failing()
        self.assertEqual((self.connection.state, len(self.planned())), ("error", 0))
        self.patch(type(self.env["res.users"]), "has_group", lambda user, group: user.id and group == IMPORT)
        self.failing("BB-2014", args={"provider": "Ponto", "option": "app_id"})
        self.assertEqual((self.connection.code, len(self.planned())), ("BB-2014", 0))

    def test_activity_that_odoo_refuses(self):
        refusal = "no"

        def refuse(*_arguments, **_named):
            raise UserError(refusal)

        self.patch(type(self.connection), "activity_schedule", refuse)
        with mute_logger("odoo.addons.bank_bridge.models.connection_trouble"):
            self.failing()
        self.assertEqual((self.connection.state, self.connection.code), ("error", "BB-2203"))
        self.assertEqual(len(self.said()), 1)

    def test_activity_done_too_soon(self):
        self.failing()
        self.planned().action_feedback()
        self.assertFalse(self.planned())
        self.failing()
        self.assertEqual(len(self.planned()), 1)

    def test_language_of_who_is_asked(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.env["ir.module.module"].search([("name", "=", "bank_bridge")])._update_translations(["nl_NL"])
        self.manager.lang = "nl_NL"
        self.connection.last_user_id = self.accountant
        self.failing()
        self.assertEqual(self.planned().summary, "BB-2203: De toestemming om de rekeningen te lezen is afgelopen.")
        self.assertEqual(self.connection.message, "The consent to read the accounts has ended.")

    def test_waiting_at_the_bank(self):
        self.failing()
        run, _answer = self.begin("connect")
        self.online.bridge_link(run=run, lease=60, sealed="s", url="https://bank.example/go")
        self.end(run)
        self.assertEqual((self.connection.state, len(self.planned())), ("waiting", 1))
        run, _answer = self.begin("return")
        self.end(run)
        self.assertEqual((self.connection.state, len(self.planned())), ("connected", 0))

    def test_link_that_nobody_opened(self):
        run, _answer = self.begin("connect")
        self.online.bridge_link(run=run, lease=60, sealed="s", url="https://bank.example/go")
        self.end(run)
        with freeze_time(self.later(hours=2)):
            self.connection.lease_until = False
            self.env["bank.bridge.connection"]._cron_sync()
        self.assertIn("BB-2204", self.planned().summary)

    def test_disconnected(self):
        self.failing()
        self.connection.with_user(self.manager).action_disconnect()
        self.assertFalse(self.planned() or self.connection.trouble_since)

    def test_consent_that_has_ended_is_asked_for_once(self):
        self.connection.consent_until = self.later(days=5)
        self.env["bank.bridge.connection"]._cron_consent()
        self.assertTrue(self.connection.activity_search([CONSENT]))
        self.failing("BB-2203")
        self.assertFalse(self.connection.activity_search([CONSENT]))
        self.assertEqual(len(self.connection.activity_search([TROUBLE])), 1)

    def test_deadline(self):
        self.failing()
        self.assertLessEqual(abs(self.planned().date_deadline - fields.Date.today()), timedelta(days=1))
