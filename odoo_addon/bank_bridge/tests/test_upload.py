from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.bank_bridge_registration import BridgeFailure
from .common import IBAN, OTHER_IBAN
from .uploads import LIMIT, UploadCase


@tagged("post_install", "-at_install", "bank_bridge")
class TestUpload(UploadCase):
    def test_preview_then_import(self):
        attachment = self.attachment()
        file = self.upload(attachment)
        self.assertEqual(self.methods(), ["bank.ping", "bank.import_start"])
        parameters = self.asked[-1][1]
        self.assertTrue(parameters["dry_run"])
        self.assertEqual(parameters["run"], file.run)
        self.assertEqual(file.state, "reading")
        self.assertTrue(file.busy)
        self.end(file, seen=self.seen())
        self.assertEqual((file.state, file.format, file.count_new, file.count_known), ("ready", "coda", 2, 1))
        self.assertEqual(file.statement_ids.account, IBAN)
        self.assertEqual(file.statement_ids.opening, 100)
        self.assertTrue(file.statement_ids.has_opening)
        self.assertFalse(file.statement_ids.has_closing)
        self.assertEqual(file.line_ids.counterparty, "Drukkerij")
        self.assertIn("BB-5002 (line 7) Statement 3 does not follow 1", file.findings_text)
        self.assertFalse(file.import_id)

        previewed = file.run
        file.action_import()
        self.assertEqual(file.state, "importing")
        self.assertNotEqual(file.run, previewed, "each run has its own name")
        self.assertFalse(self.asked[-1][1]["dry_run"])
        calls = len(self.asked)
        file.action_import()
        self.assertEqual(len(self.asked), calls, "pressed twice, asked once")
        run, opened = self.open_for(file)
        self.assertEqual(file.import_id.id, opened["import"])
        self.assertEqual(file.import_id.user_id, self.accountant)
        self.bridge.bridge_close(run=run, state="done")
        self.end(file, dry_run=False, seen=self.seen())
        self.assertEqual(file.state, "done")
        self.assertFalse(attachment.exists(), "the import has its own copy")
        self.assertTrue(file.import_id.attachment_id)
        with self.assertRaises(UserError):
            file.action_preview()

    def test_failed_import(self):
        file = self.upload()
        self.end(file, seen=self.seen())
        file.action_import()
        run, _opened = self.open_for(file)
        words = {"code": "BB-4008", "message": "Odoo did not answer within 60 seconds"}
        self.bridge.bridge_close(run=run, state="failed", **words)
        self.end(file, dry_run=False, args={"seconds": "60"}, **words)
        self.assertEqual((file.state, file.code), ("failed", "BB-4008"))
        self.assertEqual(file.import_id.message, "Odoo did not answer within 60 seconds.")
        self.assertTrue(file.attachment_id, "it can be tried again")
        file.action_preview()
        self.assertEqual(file.state, "reading")

    def test_findings_of_an_import_are_translated(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        run, _opened = self.open_run()
        finding = {
            "code": "BB-5008",
            "args": {"count": "3"},
            "message": "lines that were already there: 3",
            "line": None,
        }
        self.bridge.bridge_close(run=run, state="done", findings=[finding, {"code": "BB-5108", "message": "the bank"}])
        record = self.env["bank.bridge.import"].search([("run", "=", run)])
        self.assertEqual(
            record.findings_text, "BB-5008 Lines that were already there from another source: 3.\nBB-5108 The bank"
        )

    def test_report_twice_and_late(self):
        file = self.upload()
        self.end(file, seen=self.seen())
        self.assertTrue(self.end(file, code="BB-3005", message="the file is empty")["known"])
        self.assertEqual(file.state, "ready", "the first word stands")
        old = file.run
        file.state = "refused"
        file.action_preview()
        self.assertFalse(self.ends.bridge_upload_end(run=old, dry_run=True, code="BB-3005")["known"])
        self.assertEqual(file.state, "reading", "an earlier run has no say any more")

    def test_bridge_reports_although_its_answer_was_lost(self):
        self.failure = BridgeFailure("BB-1022", address="http://127.0.0.1:1")
        file = self.upload()
        self.assertEqual((file.state, file.code), ("refused", "BB-1022"))
        self.assertIn("cannot be reached", file.message)
        self.failure = None
        file.action_preview()
        self.assertEqual((file.state, file.code), ("reading", False))

    def test_report_is_the_bridges_alone(self):
        file = self.upload()
        answer = self.env["bank.bridge.upload.file"].with_user(self.other).bridge_upload_end(run=file.run, dry_run=True)
        self.assertRefused(answer, "BB-4006", user="bridge_other")
        self.assertEqual(file.state, "reading")

    def test_own_records_only(self):
        file = self.upload()
        self.end(file, seen=self.seen())
        for record in (file.upload_id, file, file.statement_ids, file.line_ids):
            record.with_user(self.accountant).check_access("read")
            with self.assertRaises(AccessError):
                record.with_user(self.other).check_access("read")
        with self.assertRaises(AccessError):
            file.with_user(self.other).action_import()

    def test_only_accountants(self):
        with self.assertRaises(AccessError):
            self.env["bank.bridge.upload"].with_user(self.importer).create({})
        with self.assertRaises(AccessError):
            self.env["account.journal"].with_user(self.importer).with_context(
                default_journal_id=self.journal.id
            ).create_document_from_attachment(self.attachment(user=self.importer).ids)

    def test_a_file_of_somebody_else_is_not_sent(self):
        secret = self.env["ir.attachment"].create({"name": "secret.txt", "raw": b"secret"})
        file = self.upload()
        file.write({"attachment_id": secret.id, "state": "refused"})
        with self.assertRaises(AccessError):
            file.action_preview()
        file.unlink()
        self.assertTrue(secret.exists(), "what was not uploaded here is not deleted")

    def test_too_large_is_told_before_sending(self):
        file = self.upload(self.attachment(content=b"x" * (LIMIT + 1)))
        self.assertEqual(self.methods(), ["bank.ping"])
        self.assertEqual((file.state, file.code), ("refused", "BB-3004"))
        self.assertTrue(file.next_step)

    def test_what_was_chosen_and_left_goes(self):
        left, fresh = self.attachment(), self.attachment()
        (left + fresh).sudo().write({"res_model": "bank.bridge.upload", "res_id": 0})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - interval '3 days' WHERE id = %s", [left.id]
        )
        self.env.invalidate_all()
        self.env["bank.bridge.upload"]._forget_what_was_left()
        self.assertFalse(left.exists())
        self.assertTrue(fresh.exists())

    def test_not_connected(self):
        self.registration.state = "not_connected"
        file = self.upload()
        self.assertEqual((file.state, file.code, self.asked), ("refused", "BB-1001", []))
        self.assertIn("BB-1001", file.support_line)

    def test_nothing_chosen(self):
        with self.assertRaises(UserError):
            self.env["bank.bridge.upload"].with_user(self.accountant).create({}).action_read()

    def test_several_files(self):
        files = self.upload(self.attachment("a.coda"), self.attachment("b.coda"), self.attachment("c.txt"))
        self.assertEqual(files.mapped("name"), ["a.coda", "b.coda", "c.txt"])
        upload = files.upload_id
        self.assertTrue(upload.busy)
        for file in files[:2]:
            self.end(file, seen=self.seen())
        self.end(files[2], code="BB-3002", message="the file is in no format that Bank Bridge reads")
        upload.invalidate_recordset()
        self.assertEqual((upload.state, upload.busy, upload.count_ready), ("check", False, 2))
        upload.action_import_all()
        self.assertEqual(files.mapped("state"), ["importing", "importing", "refused"])

    def test_many_files_take_turns(self):
        files = self.upload(*(self.attachment(f"{number}.coda") for number in range(6)))
        self.assertEqual(files.mapped("state"), ["reading"] * 4 + ["waiting"] * 2)
        self.assertTrue(files[5].busy, "its turn comes")
        self.end(files[0], seen=self.seen())
        self.assertEqual(files.mapped("state"), ["ready"] + ["reading"] * 4 + ["waiting"])
        self.end(files[1], code="BB-3005", message="the file is empty")
        self.assertEqual(files[5].state, "reading")
        for file in files[2:]:
            self.end(file, seen=self.seen())
        upload = files.upload_id
        upload.action_import_all()
        self.assertEqual(files.mapped("state"), ["importing", "refused", *["importing"] * 3, "waiting"])
        # Those before it are not heard of any more: somebody has to go on.
        files.filtered("run").asked = fields.Datetime.now() - timedelta(minutes=6)
        upload.invalidate_recordset()
        files.invalidate_recordset()
        self.assertTrue(upload.stuck)
        self.assertFalse(files[5].busy)
        upload.action_go_on()
        self.assertEqual(files[5].state, "importing")

    def test_a_bridge_that_is_busy(self):
        files = self.upload(self.attachment("a.coda"), self.attachment("b.coda"))
        self.end(files[1], seen=self.seen())
        self.failure = BridgeFailure("BB-1009", "the bridge has too much to do at once")
        files[1].action_import()
        self.assertEqual(files[1].state, "waiting", "the end of the other begins it")
        self.failure = None
        self.end(files[0], seen=self.seen())
        self.assertEqual(files[1].state, "importing")
        self.failure = BridgeFailure("BB-1009", "the bridge has too much to do at once")
        files[0].action_import()
        self.assertEqual(files[0].state, "waiting")
        self.end(files[1], dry_run=False, seen=self.seen())
        self.assertEqual((files[0].state, files[0].code), ("failed", "BB-1009"), "nobody else's end would begin it")

    def test_silence_is_given_up(self):
        file = self.upload()
        file.asked = fields.Datetime.now() - timedelta(minutes=6)
        file.invalidate_recordset()
        self.assertTrue(file.lost)
        self.assertFalse(file.busy)
        self.assertIn("BB-1026", file.support_line)
        self.assertIn("Try again", file.next_step)
        old = file.run
        file.action_preview()
        self.assertEqual(file.state, "reading")
        self.assertNotEqual(file.run, old)

    def test_an_import_with_signs_of_life_is_not_given_up(self):
        file = self.upload()
        self.end(file, seen=self.seen())
        file.action_import()
        self.open_for(file)
        file.asked = fields.Datetime.now() - timedelta(minutes=6)
        file.invalidate_recordset()
        self.assertFalse(file.lost)

    # Choices

    def test_balance_needs_a_tick(self):
        file = self.upload()
        arguments = {"opening": "1.00", "lines": "2.00", "computed": "3.00", "closing": "4.00", "currency": "EUR"}
        place = {"file": "day.coda", "statement": 2, "entry": None, "line": 9}
        self.end(file, code="BB-3310", args=arguments, message="not", place=place, seen=self.seen())
        self.assertEqual(file.place_text, "day.coda, statement 2, line 9")
        self.assertEqual((file.state, file.needs), ("refused", "balance"))
        self.assertIn("opening 1.00 + lines 2.00 = 3.00", file.message)
        self.assertFalse(self.asked[-1][1]["accept_balance"])
        with Form(file, "bank_bridge.upload_file_form") as form:
            form.accept_balance = True
        file.action_preview()
        self.assertTrue(self.asked[-1][1]["accept_balance"])

    def test_journal_is_asked_for(self):
        file = self.upload()
        seen = self.seen(iban=OTHER_IBAN)
        seen["statements"][0]["journal"] = None
        self.end(file, code="BB-4101", args={"account": OTHER_IBAN}, message="no journal", seen=seen)
        self.assertEqual(set(file.needs.split(",")), {"journal", "new_journal"})
        with Form(file, "bank_bridge.upload_file_form") as form:
            form.journal_id = self.journal
        file.action_preview()
        self.assertEqual(self.asked[-1][1]["journal"], f"#{self.journal.id}")
        self.assertFalse(self.asked[-1][1]["force_journal"])
        _run, answer = self.open_for(
            file, statements=[self.head(OTHER_IBAN)], journal=f"#{self.journal.id}", dry_run=True
        )
        self.assertRefused(answer, "BB-4111")
        arguments = {"journal": "BBT1", "journal_account": IBAN, "account": OTHER_IBAN}
        self.end(file, code="BB-4111", args=arguments, message="another account", seen=seen)
        self.assertIn("force", file.needs)
        file.force_journal = True
        file.action_preview()
        self.assertTrue(self.asked[-1][1]["force_journal"])

    def test_several_accounts_are_never_forced_into_one_journal(self):
        file = self.upload()
        seen = self.seen()
        seen["statements"].append(self.seen(iban=OTHER_IBAN)["statements"][0])
        arguments = {"journal": "BBT1", "journal_account": IBAN, "account": OTHER_IBAN}
        self.end(file, code="BB-4111", args=arguments, message="another account", seen=seen)
        self.assertNotIn("force", file.needs)

    def test_new_journal(self):
        file = self.upload()
        seen = self.seen(iban=OTHER_IBAN)
        seen["statements"][0]["journal"] = None
        self.end(file, code="BB-4101", args={"account": OTHER_IBAN}, message="no journal", seen=seen)
        with self.assertRaises(AccessError):
            file.action_new_journal()
        manager = self.env.ref("account.group_account_manager") + self.env.ref("base.group_partner_manager")
        self.accountant.group_ids = [Command.link(group.id) for group in manager]
        file.action_new_journal()
        journal = self.env["account.journal"].search([("bank_acc_number", "=", OTHER_IBAN)])
        self.assertEqual((journal.type, journal.company_id), ("bank", self.company))
        self.assertEqual(file.state, "reading")

    def test_choices_of_dates_and_decimals(self):
        file = self.upload()
        self.end(file, code="BB-3013", args={"first": "a", "second": "b", "example": "c"}, message="open")
        self.assertEqual(file.needs, "dates")
        file.date_order = "dmy"
        file.action_preview()
        self.assertEqual(self.asked[-1][1]["date_order"], "dmy")
        self.end(file, code="BB-3016", args={"example": "1,234"}, message="open")
        self.assertEqual(file.needs, "decimals")
        file.decimal_mark = "comma"
        file.action_preview()
        self.assertEqual((self.asked[-1][1]["date_order"], self.asked[-1][1]["decimal_mark"]), ("dmy", "comma"))

    # Companies

    def test_only_journals_of_the_users_companies(self):
        second = self.second_company()
        self.make_journal("SEC1", OTHER_IBAN, company=second)
        self.importer.company_ids = [Command.link(second.id)]
        file = self.upload()
        _run, answer = self.open_for(file, statements=[self.head(OTHER_IBAN)], dry_run=True)
        self.assertRefused(answer, "BB-4101", account=OTHER_IBAN)
        # Nor by naming the companies, or the journal, himself.
        file.upload_id.sudo().company_ids = [Command.link(second.id)]
        _run, answer = self.open_for(file, statements=[self.head(OTHER_IBAN)], dry_run=True)
        self.assertRefused(answer, "BB-4101")
        journal = self.env["account.journal"].search([("code", "=", "SEC1"), ("company_id", "=", second.id)])
        _run, answer = self.open_for(file, statements=[self.head(OTHER_IBAN)], dry_run=True, journal=f"#{journal.id}")
        self.assertRefused(answer, "BB-4102")
        # The bridge's own imports are not limited so.
        _run, answer = self.open_run(statements=[self.head(OTHER_IBAN)], dry_run=True)
        self.assertEqual(answer["statements"][0]["journal"]["code"], "SEC1")

    # The card of a journal

    def test_files_dropped_on_a_bank_card(self):
        journals = self.env["account.journal"].with_user(self.accountant)
        action = journals.with_context(default_journal_id=self.journal.id).create_document_from_attachment(
            self.attachment().ids
        )
        self.assertEqual(action["res_model"], "bank.bridge.upload.file")
        file = self.env["bank.bridge.upload.file"].browse(action["res_id"])
        self.assertFalse(file.journal_id, "its account finds the journal")
        self.assertIsNone(self.asked[-1][1]["journal"])
        several = journals.with_context(default_journal_id=self.journal.id).create_document_from_attachment(
            (self.attachment() + self.attachment()).ids
        )
        self.assertEqual(several["res_model"], "bank.bridge.upload")

    def test_files_dropped_on_a_card_without_account(self):
        cash = self.env["account.journal"].create({"name": "Cash", "code": "CSHX", "type": "cash"})
        action = cash.with_user(self.accountant).create_document_from_attachment(self.attachment().ids)
        file = self.env["bank.bridge.upload.file"].browse(action["res_id"])
        self.assertEqual(file.journal_id, cash)

    def test_other_cards_are_odoos(self):
        sales = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )
        before = self.env["bank.bridge.upload"].search_count([])
        action = sales.create_document_from_attachment(
            self.env["ir.attachment"].create({"name": "a.txt", "raw": b"a"}).ids
        )
        self.assertEqual(action["res_model"], "account.move")
        self.assertEqual(self.env["bank.bridge.upload"].search_count([]), before)

    def test_a_cards_file_of_somebody_else(self):
        secret = self.env["ir.attachment"].create({"name": "secret.txt", "raw": b"secret"})
        journal = self.journal.with_user(self.accountant)
        with self.assertRaises(AccessError):
            journal.create_document_from_attachment(secret.ids)
