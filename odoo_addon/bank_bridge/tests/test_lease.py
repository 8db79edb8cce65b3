import uuid
from datetime import timedelta

from freezegun import freeze_time
from odoo import SUPERUSER_ID, fields
from odoo.tests import new_test_user, tagged
from psycopg2.errors import LockNotAvailable

from .common import line
from .online import OnlineCase


@tagged("post_install", "-at_install", "bank_bridge")
class TestLease(OnlineCase):
    def test_taken(self):
        run, answer = self.begin()
        self.assertEqual(
            {name: answer[name] for name in ("provider", "name", "company", "sealed", "sandbox", "contact")},
            {
                "provider": "ponto",
                "name": "Testbank",
                "company": self.company.name,
                "sealed": "sealed-0",
                "sandbox": False,
                "contact": "+32 2 555 12 34",
            },
        )
        self.assertEqual((answer["institution"], answer["accounts"]), (None, []))
        self.assertEqual(self.connection.lease_run, run)
        left = self.connection.lease_until - fields.Datetime.now()
        self.assertTrue(timedelta(seconds=55) < left <= timedelta(seconds=60))
        record = self.connection.import_ids
        self.assertEqual((record.run, record.name, record.source, record.state), (run, "Testbank", "ponto", "running"))
        self.assertEqual((record.user_id, record.company_ids), (self.importer, self.company))
        # The answer was lost: once more.
        self.assertEqual(self.begin(run=run)[1], answer)
        self.assertEqual(len(self.connection.import_ids), 1)

    def test_only_a_synchronisation_is_listed(self):
        self.begin("accounts")
        self.assertFalse(self.connection.import_ids)

    def test_busy(self):
        run, _answer = self.begin(lease=600)
        other = self.online.bridge_begin(run="other", connection=self.connection.key, kind="sync", lease=60)
        until = fields.Datetime.to_string(self.connection.lease_until)
        self.assertRefused(other, "BB-4202", until=until)
        self.assertEqual((self.connection.lease_run, self.connection.import_ids.run), (run, run))

    def test_unknown(self):
        answer = self.online.bridge_begin(run="r", connection="nowhere", kind="sync", lease=60)
        self.assertRefused(answer, "BB-4201", connection="nowhere")

    def test_disconnected(self):
        self.connection.action_disconnect()
        before = self.connection.message_ids
        for kind in ("sync", "accounts"):
            answer = self.online.bridge_begin(run="pushed", connection=self.connection.key, kind=kind, lease=60)
            self.assertRefused(answer, "BB-4204")
        self.assertEqual((self.connection.state, self.connection.code), ("not_connected", False))
        self.assertFalse(self.connection.lease_run or self.connection.import_ids)
        self.assertEqual(self.connection.message_ids, before)

    def test_pushed_where_the_user_wants_it_by_hand(self):
        self.connection.automatic = False
        call = {"connection": self.connection.key, "kind": "sync", "lease": 60}
        self.assertRefused(self.online.bridge_begin(run="pushed", pushed=True, **call), "BB-4206")
        self.assertFalse(self.connection.lease_run or self.connection.import_ids)
        self.assertNotIn("error", self.online.bridge_begin(run="pressed", pushed=False, **call))

    def test_kept(self):
        run, _answer = self.begin(lease=10)
        answer = self.online.bridge_keep(run=run, lease=600)
        self.assertEqual(answer, {"lease_until": fields.Datetime.to_string(self.connection.lease_until)})
        self.assertGreater(self.connection.lease_until, self.later(seconds=500))
        self.assertEqual(self.connection.sealed, "sealed-0")
        self.online.bridge_keep(run=run, lease=60, sealed="sealed-1")
        self.assertEqual(self.connection.sealed, "sealed-1")
        self.assertRefused(self.online.bridge_keep(run="other", lease=60, sealed="x"), "BB-4203")
        self.assertEqual(self.connection.sealed, "sealed-1")

    def test_expired_and_kept(self):
        run, _answer = self.begin(lease=10)
        with freeze_time(self.later(minutes=5)):
            self.assertNotIn("error", self.online.bridge_keep(run=run, lease=60))

    def test_overtaken(self):
        self.linked()
        first, _answer = self.begin(lease=10)
        with freeze_time(self.later(minutes=5)):
            second, _answer = self.begin()
            calls = [
                self.online.bridge_keep(run=first, lease=60),
                self.online.bridge_link(run=first, lease=60, sealed="x", url="https://bank.example"),
                self.online.bridge_accounts(run=first, lease=60, accounts=[]),
                self.online.bridge_advance(run=first, lease=60, account="acc-1"),
                self.push_online(first, [line("a", "1.00")]),
                self.online.bridge_end(run=first, state="done"),
                self.online.bridge_begin(run=first, connection=self.connection.key, kind="sync", lease=60),
            ]
            for answer in calls[:-1]:
                self.assertRefused(answer, "BB-4203")
            self.assertRefused(calls[-1], "BB-4202")
            self.assertEqual(self.connection.lease_run, second)
            cut_off = self.env["bank.bridge.import"].search([("run", "=", first)])
            self.assertEqual((cut_off.state, cut_off.code), ("failed", "BB-4203"))
            self.assertFalse(self.in_journal())
            self.end(second)
            late = self.online.bridge_begin(run=first, connection=self.connection.key, kind="sync", lease=60)
            self.assertRefused(late, "BB-4012", run=first)

    def test_ended(self):
        run, _answer = self.begin()
        self.end(run)
        self.assertFalse(self.connection.lease_run or self.connection.lease_until)
        # Again, and too late.
        self.end(run, "failed", code="BB-2001")
        self.assertEqual(self.connection.state, "connected")
        self.assertRefused(self.online.bridge_keep(run=run, lease=60), "BB-4203")
        again = self.online.bridge_begin(run=run, connection=self.connection.key, kind="sync", lease=60)
        self.assertRefused(again, "BB-4012", run=run)
        self.assertFalse(self.connection.lease_run)

    def test_locked_row_is_skipped(self):
        """A row that another transaction holds is not waited for. This needs transactions of its own."""
        key = f"test-{uuid.uuid4().hex}"
        name = self.env["bank.bridge.connection"]._name
        with self.registry.cursor() as first:
            mine = self.env(cr=first, user=SUPERUSER_ID)
            made = mine[name].with_context(tracking_disable=True).create({"name": "T", "key": key})
            first.commit()
            try:
                first.execute("SELECT id FROM bank_bridge_connection WHERE id = %s FOR UPDATE", [made.id])
                with self.registry.cursor() as second:
                    second.execute("SET LOCAL lock_timeout = '5s'")
                    theirs = self.env(cr=second, user=self.env.ref("base.user_admin").id)
                    answer = theirs[name].bridge_begin(run="r", connection=key, kind="sync", lease=60)
                    second.rollback()
                    # Who waits for his bank's page is not to wait in vain: Odoo repeats what ends so.
                    second.execute("SET LOCAL lock_timeout = '200ms'")
                    with self.assertRaises(LockNotAvailable):
                        theirs[name].bridge_begin(run="r", connection=key, kind="connect", lease=60)
                    second.rollback()
            finally:
                made.unlink()
                first.commit()
        self.assertRefused(answer, "BB-4202")

    def test_push_renews(self):
        self.linked()
        run, _answer = self.begin(lease=10)
        self.push_online(run, [line("a", "1.00")], last=False, lease=600)
        self.assertGreater(self.connection.lease_until, self.later(seconds=500))

    def test_rights(self):
        plain = new_test_user(self.env, "bridge_plain", "base.group_user")
        online = self.env["bank.bridge.connection"].with_user(plain)
        self.assertRefused(online.bridge_connections(), "BB-4006", user="bridge_plain")
        company = self.second_company()
        theirs = new_test_user(
            self.env,
            "bridge_elsewhere",
            "base.group_user,bank_bridge.group_import",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        online = self.env["bank.bridge.connection"].with_user(theirs)
        self.assertEqual(online.bridge_connections(), {"connections": []})
        answer = online.bridge_begin(run="r", connection=self.connection.key, kind="sync", lease=60)
        self.assertRefused(answer, "BB-4201")
        run, _answer = self.begin()
        self.assertRefused(online.bridge_keep(run=run, lease=60), "BB-4203")
        self.assertRefused(online.bridge_end(run=run, state="done"), "BB-4203")
        both = new_test_user(
            self.env,
            "bridge_both",
            "base.group_user,bank_bridge.group_import",
            company_id=company.id,
            company_ids=[(6, 0, (company | self.company).ids)],
        )
        online = self.env["bank.bridge.connection"].with_user(both)
        self.assertEqual([one["key"] for one in online.bridge_connections()["connections"]], [self.connection.key])
        self.assertNotIn("error", online.bridge_keep(run=run, lease=60))
