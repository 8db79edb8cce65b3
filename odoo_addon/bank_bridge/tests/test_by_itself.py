from datetime import date, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import connection_cron
from ..models.bank_bridge_registration import BridgeFailure
from .online import OnlineCase

ACTIVITY = "bank_bridge.activity_consent"


@tagged("post_install", "-at_install", "bank_bridge")
class TestCronSync(OnlineCase):
    def setUp(self):
        super().setUp()
        self.connection.next_sync = self.later(minutes=-1)

    def tick(self):
        self.env["bank.bridge.connection"]._cron_sync()

    def test_due(self):
        now = self.later()
        self.assertTrue(self.connection._is_due(now))
        for values in (
            {"automatic": False},
            {"sealed": False},
            {"state": "waiting"},
            {"state": "not_connected"},
            {"next_sync": False},
            {"next_sync": self.later(minutes=5)},
            {"lease_run": "r", "lease_until": self.later(minutes=5)},
        ):
            with self.subTest(values):
                other = self.make_connection(**{"next_sync": self.later(minutes=-1), **values})
                self.assertFalse(other._is_due(now))
        for values in ({"state": "error"}, {"lease_run": "r", "lease_until": self.later(minutes=-5)}):
            with self.subTest(values):
                other = self.make_connection(**{"next_sync": self.later(minutes=-1), **values})
                self.assertTrue(other._is_due(now))
        asked = self.answering({"run": "r-1", "registration": None})
        self.tick()
        connections = self.env["bank.bridge.connection"].search([])
        due = connections.filtered(lambda one: one.asked)
        self.assertEqual({parameters["connection"] for _method, parameters in asked}, set(due.mapped("key")))
        self.assertEqual(len(asked), 3)

    def test_asks(self):
        asked = self.answering({"run": "r-1", "registration": "sealed-anew"})
        self.tick()
        uuid = self.env["ir.config_parameter"].get_param("database.uuid")
        self.assertEqual(
            asked,
            [
                (
                    "bank.sync_start",
                    {
                        "registration": "sealed-registration",
                        "database_uuid": uuid,
                        "connection": self.connection.key,
                        "provider": "ponto",
                        "user_ip": None,
                    },
                )
            ],
        )
        self.assertEqual(self.env["bank.bridge.registration"]._get().sealed, "sealed-anew")
        # Not again while the run is on its way.
        self.tick()
        self.assertEqual(len(asked), 1)
        run, _answer = self.begin()
        self.assertFalse(self.connection.asked)
        self.end(run)
        self.assertEqual(self.said(), [])

    def test_unreachable(self):
        asked = self.answering(BridgeFailure("BB-1022", address="http://127.0.0.1:1"))
        self.tick()
        connection = self.connection
        self.assertEqual((connection.state, connection.code, connection.failures), ("error", "BB-1022", 0))
        self.assertIn("cannot be reached", connection.message)
        self.assertAlmostEqual(connection.next_sync, self.later(minutes=15), delta=timedelta(seconds=5))
        self.assertEqual(len(self.said()), 1)
        self.assertIn("BB-1022", self.said()[0])
        self.tick()
        self.assertEqual(len(asked), 1)
        with freeze_time(self.later(minutes=16)):
            self.tick()
        self.assertEqual((len(asked), len(self.said())), (2, 1))

    def test_one_does_not_block_another(self):
        others = [self.make_connection(next_sync=self.later(minutes=-1)) for _each in range(2)]
        asked = self.answering(
            BridgeFailure("BB-1008", "the bridge is stopping"), ValueError("not foreseen"), {"run": "r-3"}
        )
        with self.assertLogs(connection_cron._logger, "ERROR"):
            self.tick()
        self.assertEqual(len(asked), 3)
        self.assertEqual([self.connection.code, others[0].code, others[1].code], ["BB-1008", False, False])
        self.assertEqual(self.connection.message, "The bridge is stopping.")

    def test_not_connected_to_a_bridge(self):
        asked = self.answering({"run": "r"})
        self.env["bank.bridge.registration"]._get()._disconnect()
        with mute_logger("odoo.addons.bank_bridge.models.bank_bridge_registration"):
            self.tick()
        self.assertFalse(asked)
        self.assertEqual((self.connection.state, self.connection.code), ("error", "BB-1001"))

    def test_answer_that_is_none(self):
        for answer in ({}, {"run": None}, {"run": 7}, [], None):
            with self.subTest(answer):
                connection = self.make_connection(next_sync=self.later(minutes=-1))
                self.answering(answer)
                self.tick()
                self.assertEqual(connection.code, "BB-1023")

    def test_nothing_came_of_it(self):
        """The bridge took the request, but its run never began: it cannot reach Odoo, or was ended."""
        asked = self.answering({"run": "r-1"})
        self.tick()
        with freeze_time(self.later(minutes=16)):
            self.tick()
        self.assertEqual((len(asked), self.connection.state, self.connection.code), (2, "error", "BB-4001"))
        self.assertIn("web.base.url", self.connection.message)
        self.assertEqual(len(self.said()), 1)
        run, _answer = self.begin()
        self.end(run)
        self.assertEqual(self.connection.state, "connected")

    def test_many(self):
        self.patch(connection_cron, "AT_MOST", 2)
        for _each in range(3):
            self.make_connection(next_sync=self.later(minutes=-1))
        asked = self.answering({"run": "r"})
        cron = self.env.ref("bank_bridge.cron_sync")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.tick()
        self.assertEqual(len(asked), 2)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), before + 1)
        self.tick()
        self.assertEqual(len(asked), 4)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_slow_bridge(self):
        self.patch(connection_cron, "TICK_SECONDS", -1)
        asked = self.answering({"run": "r"})
        self.tick()
        self.assertFalse(asked)
        self.assertTrue(self.connection._is_due(self.later()))

    def test_crons(self):
        for name, minutes in (("cron_sync", 5), ("cron_consent", 24 * 60)):
            cron = self.env.ref(f"bank_bridge.{name}")
            units = {"minutes": 1, "days": 24 * 60}
            self.assertEqual(cron.interval_number * units[cron.interval_type], minutes)
            cron.method_direct_trigger()


@tagged("post_install", "-at_install", "bank_bridge")
class TestConsent(OnlineCase):
    def setUp(self):
        super().setUp()
        self.connection.consent_until = "2026-09-30 10:00:00"

    def on(self, day):
        with freeze_time(f"{day} 06:00:00"):
            self.env["bank.bridge.connection"]._cron_consent()

    def activities(self):
        return self.connection.activity_search([ACTIVITY])

    def test_warned_four_times(self):
        expected = 0
        for day, warns in (
            ("2026-08-30", 0),
            ("2026-08-31", 1),
            ("2026-09-01", 0),
            ("2026-09-15", 0),
            ("2026-09-16", 1),
            ("2026-09-16", 0),
            ("2026-09-23", 1),
            ("2026-09-28", 0),
            ("2026-09-29", 1),
            ("2026-09-30", 0),
            ("2026-10-01", 0),
        ):
            self.on(day)
            expected += warns
            self.assertEqual(len(self.said()), expected, day)
        self.assertIn("2026-09-30", self.said()[0])
        self.assertIn("BB-2210", self.said()[0])
        self.assertEqual(self.connection.state, "connected")

    def test_activity(self):
        self.on("2026-08-31")
        activity = self.activities()
        self.assertEqual((activity.user_id, activity.date_deadline), (self.manager, date(2026, 9, 29)))
        # One to do is enough; done without effect, it comes again.
        self.on("2026-09-16")
        self.assertEqual(self.activities(), activity)
        activity.action_feedback()
        self.on("2026-09-23")
        self.assertEqual(len(self.activities()), 1)

    def test_new_consent(self):
        self.on("2026-09-23")
        note = self.connection.activity_schedule("mail.mail_activity_data_todo", user_id=self.manager.id)
        run, _answer = self.begin("return")
        self.show(run, self.shown(), consent_until="2026-09-30T11:00:00Z")
        self.assertEqual((len(self.activities()), self.connection.consent_warned), (1, 7))
        self.show(run, self.shown(), consent_until="2026-12-29T10:00:00Z", relinked=True)
        self.assertFalse(self.activities())
        self.assertTrue(note.exists(), "of a person")
        self.assertEqual(self.connection.consent_warned, 0)
        self.on("2026-10-15")
        self.assertEqual(len(self.said()), 1)
        self.on("2026-12-28")
        self.assertEqual((len(self.said()), self.connection.consent_warned), (2, 1))

    def test_missed_days_warn_once(self):
        self.on("2026-09-27")
        self.assertEqual((len(self.said()), self.connection.consent_warned), (1, 7))

    def test_nobody_to_do_it(self):
        self.connection.user_id = self.importer
        self.connection.sudo().flush_recordset()
        self.on("2026-09-29")
        self.assertEqual(len(self.said()), 1)
        self.assertNotIn(self.importer, self.activities().user_id)

    def test_not_connected(self):
        self.connection.state = "not_connected"
        self.on("2026-09-29")
        self.assertFalse(self.said())
        self.assertEqual(fields.Datetime.to_string(self.connection.consent_until), "2026-09-30 10:00:00")
