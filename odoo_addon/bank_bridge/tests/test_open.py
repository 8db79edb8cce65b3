from odoo import Command
from odoo.tests import tagged

from ..models.bank_bridge_import import PROTOCOL
from .common import CONTENT, IBAN, OTHER_IBAN, BridgeCase


@tagged("post_install", "-at_install", "bank_bridge")
class TestOpen(BridgeCase):
    def refused(self, code, heads=None, **options):
        arguments = options.pop("arguments", {})
        before = self.env["bank.bridge.import"].search_count([])
        _run, answer = self.open_run(statements=heads, **options)
        self.assertRefused(answer, code, **arguments)
        self.assertEqual(self.env["bank.bridge.import"].search_count([]), before)

    def test_check(self):
        answer = self.bridge.bridge_check(protocol=PROTOCOL)
        self.assertEqual(answer["protocol"], PROTOCOL)
        self.assertRegex(answer["addon"], r"^\d+\.0\.1\.0\.0$")
        self.assertEqual(answer["user"], "bridge_importer")
        self.assertEqual(answer["companies"], [self.company.name])
        self.assertEqual(answer["database_uuid"], self.env["ir.config_parameter"].sudo().get_param("database.uuid"))
        self.assertRefused(self.bridge.bridge_check(protocol=1), "BB-4005", found=str(PROTOCOL), expected="1")

    def test_opens(self):
        run, answer = self.open_run()
        self.assertEqual(
            answer["statements"],
            [
                {
                    "journal": {
                        "id": self.journal.id,
                        "code": "BBT1",
                        "name": "Bank BBT1",
                        "company": self.company.name,
                        "currency": "EUR",
                    }
                }
            ],
        )
        record = self.env["bank.bridge.import"].browse(answer["import"])
        self.assertEqual((record.state, record.user_id, record.company_ids), ("running", self.importer, self.company))
        self.assertEqual(record.attachment_id.raw, CONTENT)
        # The answer was lost: once more.
        self.assertEqual(self.open_run(run=run)[1], answer)
        self.assertRefused(self.open_run(run=run, content=b"another")[1], "BB-4012", run=run)
        self.bridge.bridge_close(run=run, state="done")
        self.assertRefused(self.open_run(run=run)[1], "BB-4012")

    def test_dry_run_writes_nothing(self):
        before = self.env["bank.bridge.import"].search_count([])
        _run, answer = self.open_run(dry_run=True)
        self.assertIsNone(answer["import"])
        self.assertEqual(answer["statements"][0]["journal"]["id"], self.journal.id)
        self.assertEqual(self.env["bank.bridge.import"].search_count([]), before)

    def test_close_and_status(self):
        run, _answer = self.open_run()
        finding = {"code": "BB-5108", "message": "the bank writes: hello", "line": 12}
        counts = {"statements": 1, "lines": 3, "created": 2, "duplicate": 1, "matched": 0, "held": 0}
        self.bridge.bridge_close(
            run=run, state="failed", code="BB-4008", message="m", counts=counts, findings=[finding]
        )
        # A repeated or late word changes nothing.
        self.assertEqual(self.bridge.bridge_close(run=run, state="done")["state"], "failed")
        status = self.bridge.bridge_status(run=run)
        self.assertEqual((status["state"], status["code"], status["counts"]), ("failed", "BB-4008", counts))
        self.assertEqual(self.bridge.bridge_runs(limit=1)["runs"], [status])
        record = self.env["bank.bridge.import"].search([("run", "=", run)])
        self.assertEqual(record.findings_text, "BB-5108 (line 12) The bank writes: hello")
        self.assertTrue(record.ended)
        self.assertRefused(self.bridge.bridge_status(run="?"), "BB-1007", run="?")
        self.assertRefused(self.bridge.bridge_close(run="?", state="done"), "BB-4012", run="?")

    def test_lost_run_is_given_up(self):
        run, answer = self.open_run()
        record = self.env["bank.bridge.import"].browse(answer["import"])
        self.env["bank.bridge.import"]._give_up_lost_runs()
        self.assertEqual(record.state, "running")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE bank_bridge_import SET write_date = now() - interval '2 days' WHERE id = %s", [record.id]
        )
        record.invalidate_recordset()
        self.env["bank.bridge.import"]._give_up_lost_runs()
        self.assertEqual((record.state, record.code), ("failed", "BB-4012"))

    def test_number_of_a_belgian_account(self):
        head = self.head(account=None)
        head["account"]["number"] = "539-0075470-34"
        _run, answer = self.open_run(statements=[head])
        self.assertEqual(answer["statements"][0]["journal"]["id"], self.journal.id)

    def test_account(self):
        self.refused("BB-4101", [self.head(OTHER_IBAN)], arguments={"account": OTHER_IBAN})
        self.refused("BB-4108", [self.head(None)])
        # The first of two is fine, the second is not: nothing is opened.
        self.refused("BB-4101", [self.head(), self.head(OTHER_IBAN)])

    def test_named_journal(self):
        other = self.make_journal("BBT2", OTHER_IBAN)
        bare = self.make_journal("BBT3")
        self.refused("BB-4102", journal="NONE", arguments={"journal": "NONE"})
        self.refused("BB-4102", journal="BB%")
        self.refused(
            "BB-4111",
            journal="BBT2",
            arguments={"journal": "BBT2", "journal_account": other.bank_acc_number, "account": IBAN},
        )
        for journal, options in (
            (other, {"journal": "BBT2", "force_journal": True}),
            (bare, {"journal": "bbt3"}),
            (bare, {"journal": f"{self.company.name}/BBT3"}),
            (bare, {"journal": "BBT3", "statements": [self.head(None)]}),
        ):
            with self.subTest(options):
                _run, answer = self.open_run(**options)
                self.assertEqual(answer["statements"][0]["journal"]["id"], journal.id)

    def test_currency(self):
        usd, gbp = self.env.ref("base.USD"), self.env.ref("base.GBP")
        usd.active, gbp.active = True, False
        self.refused(
            "BB-4103",
            [self.head(currency="USD")],
            arguments={"journal": "BBT1", "journal_currency": "EUR", "currency": "USD"},
        )
        self.refused("BB-4110", [self.head(currency="GBP")], arguments={"currency": "GBP"})
        self.refused("BB-4103", [self.head(currencies=["EUR", "USD"])])
        _run, answer = self.open_run(statements=[self.head(currency=None, currencies=[])])
        self.assertNotIn("error", answer)

    def test_one_account_in_two_currencies(self):
        self.env.ref("base.USD").active = True
        dollars = self.make_journal("BBT4", currency_id=self.env.ref("base.USD").id)
        dollars.bank_account_id = self.journal.bank_account_id
        _run, answer = self.open_run(statements=[self.head(currency="USD"), self.head()])
        self.assertEqual([one["journal"]["id"] for one in answer["statements"]], [dollars.id, self.journal.id])

    def test_ambiguous(self):
        second = self.make_journal("BBT5")
        second.bank_account_id = self.journal.bank_account_id
        self.refused("BB-4104", arguments={"account": IBAN})

    def test_suspense_account(self):
        self.journal.suspense_account_id = False
        self.refused("BB-4105", arguments={"journal": "BBT1"})

    def test_content_that_is_not_base64(self):
        answer = self.bridge.bridge_open(
            run="r",
            file={"name": "x", "sha256": "0", "size": 1, "content": "%"},
            source="coda.2",
            statements=[self.head()],
        )
        self.assertRefused(answer, "BB-1016")

    def test_companies(self):
        company = self.second_company()
        theirs = self.make_journal("BBT1", OTHER_IBAN, company)
        # The caller does not work for that company: its journals do not exist for him.
        self.refused("BB-4101", [self.head(OTHER_IBAN)])
        self.importer.company_ids = [Command.link(company.id)]
        run, answer = self.open_run(statements=[self.head(OTHER_IBAN), self.head()])
        self.assertEqual([one["journal"]["id"] for one in answer["statements"]], [theirs.id, self.journal.id])
        self.assertEqual(self.env["bank.bridge.import"].browse(answer["import"]).company_ids, company | self.company)
        # The account decides between two journals of the same code; without one, the caller must.
        _run, answer = self.open_run(statements=[self.head(OTHER_IBAN)], journal="BBT1")
        self.assertEqual(answer["statements"][0]["journal"]["id"], theirs.id)
        self.refused("BB-4109", [self.head(None)], journal="BBT1")
        _run, answer = self.open_run(statements=[self.head(None)], journal="Boekbinderij Maes/BBT1")
        self.assertEqual(answer["statements"][0]["journal"]["id"], theirs.id)

    def test_without_the_right(self):
        user = self.env["res.users"].browse(self.env.ref("base.public_user").id)
        answer = self.env["bank.bridge.import"].with_user(user).bridge_check(protocol=PROTOCOL)
        self.assertRefused(answer, "BB-4006", right="Bank Bridge / Import")
