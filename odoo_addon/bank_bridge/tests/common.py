import base64
import hashlib
import uuid
from decimal import Decimal
from unittest.mock import patch

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

IBAN = "BE68539007547034"
OTHER_IBAN = "NL91ABNA0417164300"
CONTENT = b"the bank's own bytes"


def line(identity, amount, date="2026-03-02", **further):
    """A line as the bridge sends it."""
    return {
        "id": f"v1:{identity}",
        "date": date,
        "value_date": date,
        "amount": amount,
        "currency": "EUR",
        "original": None,
        "counterparty": {"name": None, "account": None, "bic": None},
        "text": f"text of {identity}",
        "structured": None,
        "reference": None,
        "end_to_end": None,
        "mandate": None,
        "bank_code": None,
        "bank_code_words": None,
        "kind": None,
        "details": [],
        "position": 0,
        **further,
    }


def payer(account=None, name="Papierhandel De Smet"):
    return {"name": name, "account": account, "bic": None}


class BridgeCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.journal = cls.make_journal("BBT1", IBAN)
        cls.importer = new_test_user(
            cls.env, "bridge_importer", "base.group_user,bank_bridge.group_import", company_id=cls.company.id
        )
        cls.accountant = new_test_user(
            cls.env, "bridge_accountant", "account.group_account_basic", company_id=cls.company.id
        )
        cls.bridge = cls.env["bank.bridge.import"].with_user(cls.importer)

    @classmethod
    def make_journal(cls, code, account=None, company=None, **values):
        company = company or cls.company
        return (
            cls.env["account.journal"]
            .with_company(company)
            .create(
                {
                    "name": f"Bank {code}",
                    "code": code,
                    "type": "bank",
                    "company_id": company.id,
                    **({"bank_acc_number": account} if account else {}),
                    **values,
                }
            )
        )

    def head(self, account=IBAN, currency="EUR", **further):
        return {
            "account": {"iban": account, "number": None, "bic": None, "currency": currency, "holder": None},
            "number": "2026-1",
            "opening": None,
            "closing": None,
            "lines": 1,
            "currencies": [currency],
            "first": None,
            "last": None,
            **further,
        }

    def open_run(self, source="coda.2", run=None, content=CONTENT, name="statement.cod", statements=None, **options):
        run = run or str(uuid.uuid4())
        answer = self.bridge.bridge_open(
            run=run,
            file={
                "name": name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "content": base64.b64encode(content).decode(),
            },
            source=source,
            statements=statements or [self.head()],
            **options,
        )
        return run, answer

    def statement(self, lines, source="coda.2", opening="100.00", closing=None, number="2026-1", **further):
        if closing is None and opening is not None:
            closing = str(Decimal(opening) + sum(Decimal(one["amount"]) for one in lines))
        return {
            "number": number,
            "source": source,
            "opening": opening and {"date": lines[0]["date"], "amount": opening},
            "closing": closing and {"date": lines[-1]["date"], "amount": closing},
            "index": 0,
            "count": len(lines),
            "ids": [one["id"] for one in lines],
            **further,
        }

    def push(self, run, lines, statement=None, last=True, journal=None):
        statement = statement or self.statement(lines)
        if not last:
            statement = {**statement, "ids": None}
        return self.bridge.bridge_push(
            run=run, journal=(journal or self.journal).id, statement=statement, lines=lines, last=last
        )

    def bring(self, lines, source="coda.2", **statement):
        """A whole import of one statement in one batch; its answer."""
        run, opened = self.open_run(source)
        self.assertNotIn("error", opened)
        answer = self.push(run, lines, self.statement(lines, source, **statement))
        self.assertNotIn("error", answer)
        self.bridge.bridge_close(run=run, state="done")
        return answer

    def results(self, answer):
        return [one["result"] for one in answer["lines"]]

    def in_journal(self, journal=None):
        """The journal's lines, oldest first."""
        return (
            self.env["account.bank.statement.line"]
            .search([("journal_id", "=", (journal or self.journal).id)])
            .sorted("internal_index")
        )

    def by_hand(self, amount, date="2026-03-02", **values):
        return self.env["account.bank.statement.line"].create(
            {"journal_id": self.journal.id, "date": date, "amount": amount, "payment_ref": "by hand", **values}
        )

    def close_books(self, field, day):
        """Lock a period although lines in it are not reconciled yet, as it comes when they are entered later."""
        with patch.object(type(self.company), "_validate_locks", lambda *_arguments: None):
            self.company.sudo()[field] = day

    def assertRefused(self, answer, code, **arguments):
        self.assertEqual(answer.get("error", {}).get("code"), code, answer)
        for name, value in arguments.items():
            self.assertEqual(answer["error"]["args"][name], value)

    def second_company(self):
        company = self.env["res.company"].create(
            {"name": "Boekbinderij Maes", "currency_id": self.company.currency_id.id}
        )
        self.env.user.company_ids = [Command.link(company.id)]
        chart = self.company.chart_template or "generic_coa"
        self.env["account.chart.template"].try_loading(chart, company=company, install_demo=False)
        return company

    def user_of(self, company, group="account.group_account_basic"):
        """Somebody of that company alone: an accountant, unless told otherwise."""
        return new_test_user(
            self.env, "bridge_elsewhere", group, company_id=company.id, company_ids=[Command.set(company.ids)]
        )
