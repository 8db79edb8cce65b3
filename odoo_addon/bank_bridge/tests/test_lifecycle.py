from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from ..hooks import post_init_hook, uninstall_hook
from .common import CONTENT, BridgeCase, line


@tagged("post_install", "-at_install", "bank_bridge")
class TestLifecycle(BridgeCase):
    def test_neutralize(self):
        registration = self.env["bank.bridge.registration"]._get()
        registration.write({"token": "t", "sealed": "s", "state": "connected", "address": "http://127.0.0.1:1"})
        registration._make_key(registration._technical_user())
        self.env.flush_all()
        for query in get_neutralization_queries(["bank_bridge"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(registration.token or registration.sealed or registration.key_id)
        self.assertEqual(registration.state, "not_connected")
        self.assertEqual(registration.address, "http://127.0.0.1:1")
        self.env.cr.execute("SELECT count(*) FROM res_users_apikeys WHERE user_id = %s", [registration.user_id.id])
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_neutralize_connections(self):
        connection = self.env["bank.bridge.connection"].create(
            {
                "sealed": "s",
                "state": "connected",
                "lease_run": "r",
                "lease_until": "2036-01-01",
                "link_url": "https://bank.example",
                "next_sync": "2026-01-01",
            }
        )
        self.env.flush_all()
        for query in get_neutralization_queries(["bank_bridge"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual(connection.state, "not_connected")
        self.assertFalse(connection.sealed or connection.lease_run or connection.link_url or connection.next_sync)

    def test_uninstalling_forgets_connections(self):
        connection = self.env["bank.bridge.connection"].create({"sealed": "s", "state": "connected"})
        uninstall_hook(self.env)
        self.assertEqual((connection.state, connection.sealed), ("not_connected", False))

    def test_uninstalling_forgets_what_names_our_models(self):
        ours = self.env["ir.filters"].create({"name": "Mine", "model_id": "bank.bridge.import"})
        others = self.env["ir.filters"].create({"name": "Mine", "model_id": "account.move"})
        export = self.env["ir.exports"].create({"name": "Mine", "resource": "bank.bridge.connection"})
        notes = [("model", "=", "ir.model.inherit"), ("name", "like", "bank_bridge_connection"), ("module", "!=", "bank_bridge")]
        self.assertTrue(self.env["ir.model.data"].search(notes))
        uninstall_hook(self.env)
        self.assertFalse(ours.exists() or export.exists() or self.env["ir.model.data"].search(notes))
        self.assertTrue(others.exists())

    def test_uninstalling_leaves_statements_and_files(self):
        answer = self.bring([line("a", "1.00")])
        statement = self.env["account.bank.statement"].browse(answer["statement"])
        registration = self.env["bank.bridge.registration"]._get()
        user = registration._technical_user()
        uninstall_hook(self.env)
        self.assertEqual(statement.attachment_ids.res_model, "account.bank.statement")
        self.assertEqual(statement.attachment_ids.raw, CONTENT)
        self.assertEqual(len(statement.line_ids), 1)
        self.assertFalse(user.active)
        basic = self.env.ref("account.group_account_basic")
        self.assertNotIn(basic, self.env.ref("account.group_account_manager").implied_ids)
        # Installed again, the user is taken back.
        post_init_hook(self.env)
        self.assertIn(basic, self.env.ref("account.group_account_manager").implied_ids)
        registration.user_id = False
        self.assertEqual(registration._technical_user(), user)
        self.assertTrue(user.active)
