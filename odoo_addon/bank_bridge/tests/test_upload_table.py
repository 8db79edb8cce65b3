from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..models.bank_bridge_registration import BridgeFailure
from .uploads import UploadCase


@tagged("post_install", "-at_install", "bank_bridge")
class TestUploadTable(UploadCase):
    def unknown(self, fingerprint="header-1", **values):
        file = self.upload(**values)
        self.end(file, code="BB-3603", message="no preset knows", table=self.table(fingerprint))
        return file

    def test_columns_are_said_and_kept(self):
        file = self.unknown()
        self.assertEqual((file.state, file.needs), ("refused", "columns"))
        self.assertEqual(file.column_ids.mapped("role"), ["booked", "amount", False])
        with Form(file, "bank_bridge.upload_file_form") as form:
            with form.column_ids.edit(2) as column:
                column.role = "text"
        file.action_preview()
        method, parameters = self.asked[-3]
        self.assertEqual(method, "bank.propose_preset")
        said = {(one["role"], one["column"]) for one in parameters["columns"]}
        self.assertTrue({("booked", "Posted"), ("amount", "Moved"), ("text", "Words"), ("balance", "")} <= said)
        self.assertEqual(self.asked[-1][1]["preset"], "bank = 'B'")
        self.end(file, seen=self.seen())
        with self.assertRaises(UserError):
            file.action_keep()
        file.preset_name = "Savings Bank"
        file.action_keep()
        kept = file.preset_id
        self.assertEqual((kept.name, kept.company_id, kept.fingerprint), ("Savings Bank", self.company, "header-1"))
        self.assertEqual(kept.columns, "Posted, Moved, Words")

        # The next file of that header is read by it, without a word of the user.
        following = self.upload(self.attachment("next.csv"))
        before = len(self.asked)
        self.end(following, code="BB-3603", message="no preset knows", table=self.table())
        self.assertEqual((following.state, following.preset_id), ("reading", kept))
        self.assertEqual(following.column_ids.mapped("role"), ["booked", "amount", "text"])
        self.assertEqual(self.asked[-1][1]["preset"], kept.text)
        self.assertGreater(len(self.asked), before)
        # Where that fails too, the user has the columns again, and no circle begins.
        self.end(
            following, code="BB-3605", args={"preset": "p", "missing": "m"}, message="does not fit", table=self.table()
        )
        self.assertEqual(following.state, "refused")
        self.assertEqual(len(following.column_ids), 3)

    def test_the_journal_of_a_table_without_account_is_kept(self):
        file = self.unknown()
        file.action_preview()
        self.end(file, code="BB-4108", message="the statement does not name its account", seen=self.seen(iban=None))
        self.assertEqual(file.needs, "journal")
        file.journal_id = self.journal
        file.action_preview()
        self.end(file, seen=self.seen(iban=None))
        file.preset_name = "Savings Bank"
        file.action_keep()
        self.assertEqual(file.preset_id.journal_id, self.journal)
        following = self.unknown()
        self.assertEqual(following.journal_id, self.journal)
        self.assertEqual(self.asked[-1][1]["journal"], f"#{self.journal.id}")

    def test_kept_twice_is_one(self):
        for name in ("First", "Second"):
            file = self.unknown()
            if file.state == "refused":
                file.action_preview()
            self.end(file, seen=self.seen())
            file.preset_name = name
            file.action_keep()
        kept = self.env["bank.bridge.preset"].search([("fingerprint", "=", "header-1")])
        self.assertEqual(kept.mapped("name"), ["Second"])

    def test_columns_of_another_company_are_its_own(self):
        second = self.second_company()
        self.env["bank.bridge.preset"].create(
            {"name": "Theirs", "company_id": second.id, "fingerprint": "header-1", "text": "bank = 'theirs'"}
        )
        file = self.unknown()
        self.assertEqual(file.state, "refused")
        self.assertFalse(self.env["bank.bridge.preset"].with_user(self.accountant).search([]))

    def test_what_a_table_cannot_be_read_without(self):
        file = self.unknown()
        file.column_ids[0].role = False
        with self.assertRaises(UserError):
            file.action_preview()
        file.column_ids[0].role = "booked"
        file.column_ids[1].role = False
        with self.assertRaises(UserError):
            file.action_preview()

    def test_bridge_refuses_the_columns(self):
        file = self.unknown()
        self.failure = BridgeFailure("BB-3602", "the preset cannot be used: no amount")
        self.failure.details = {"reason": "no amount"}
        file.action_preview()
        self.assertEqual((file.state, file.code), ("refused", "BB-3602"))
        self.assertIn("no amount", file.message)

    def test_columns_can_be_corrected_later(self):
        file = self.unknown()
        file.action_preview()
        self.end(file, seen=self.seen())
        file.action_columns()
        self.assertEqual((file.state, file.needs), ("refused", "columns"))
