"""What the tests of online connections share."""

import uuid
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user

from ..models import bank_bridge_registration
from .common import IBAN, BridgeCase


class OnlineCase(BridgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "bridge_manager", "account.group_account_manager", company_id=cls.company.id
        )
        cls.connection = cls.make_connection()
        cls.online = cls.env["bank.bridge.connection"].with_user(cls.importer)

    @classmethod
    def make_connection(cls, **values):
        return cls.env["bank.bridge.connection"].create(
            {
                "name": "Testbank",
                "company_id": cls.company.id,
                "user_id": cls.manager.id,
                "contact": "+32 2 555 12 34",
                "contact_verified": fields.Datetime.now(),
                "contact_verified_by": cls.manager.id,
                "sealed": "sealed-0",
                "state": "connected",
                "told_state": "connected",
                **values,
            }
        )

    def begin(self, kind="sync", run=None, lease=60, connection=None):
        run = run or str(uuid.uuid4())
        answer = self.online.bridge_begin(
            run=run, connection=(connection or self.connection).key, kind=kind, lease=lease
        )
        self.assertNotIn("error", answer)
        return run, answer

    def shown(self, external_id="acc-1", reference=IBAN, **values):
        """An account as the provider shows it."""
        return {
            "id": external_id,
            "reference": reference,
            "name": "Zichtrekening",
            "holder": "Drukkerij Maes",
            "currency": "EUR",
            "balance": {"date": "2026-03-02", "amount": "812.55"},
            "fresh_as_of": "2026-03-02T10:00:00Z",
            "code": None,
            "message": None,
            **values,
        }

    def show(self, run, *accounts, **options):
        answer = self.online.bridge_accounts(run=run, lease=60, accounts=list(accounts), **options)
        self.assertNotIn("error", answer)
        return answer["accounts"]

    def account(self, external_id="acc-1", connection=None):
        accounts = (connection or self.connection).with_context(active_test=False).account_ids
        return accounts.filtered(lambda account: account.external_id == external_id)

    def linked(self, *accounts, **options):
        """A connection whose accounts are known; nothing was read yet."""
        run, _answer = self.begin("accounts")
        shown = self.show(run, *(accounts or [self.shown()]), **options)
        self.end(run)
        return shown

    def end(self, run, state="done", **options):
        answer = self.online.bridge_end(run=run, state=state, **options)
        self.assertEqual(answer, {})

    def push_online(self, run, lines, journal=None, last=True, advance=None, source=None, balance=None, **options):
        statement = {
            "number": None,
            "source": source or self.account().source,
            "opening": None,
            "closing": None,
            "index": 0,
            "count": len(lines),
            "ids": [one["id"] for one in lines] if last else None,
            "balance": balance,
            **options.pop("statement", {}),
        }
        return self.bridge.bridge_push(
            run=run,
            journal=(journal or self.journal).id,
            statement=statement,
            lines=lines,
            last=last,
            advance=advance,
            **options,
        )

    def sync(self, lines, balance=None, complete_until=None, **options):
        """A whole run of the only account; the answer of its push."""
        run, _answer = self.begin()
        advance = {"account": "acc-1", "complete_until": complete_until, "sealed": None, "lease": 60}
        answer = self.push_online(run, lines, advance=advance, balance=balance, **options)
        self.assertNotIn("error", answer)
        self.end(run)
        return answer

    def said(self, connection=None):
        """The chatter, oldest first, without what Odoo itself writes when the record is made."""
        messages = (connection or self.connection).message_ids.sorted("id")
        return [str(message.body) for message in messages if "created" not in str(message.body)]

    def later(self, **time):
        return fields.Datetime.now() + timedelta(**time)

    def answering(self, *answers):
        """Calls to the bridge get these answers, the last one again and again; gives the list of what was asked."""
        registration = self.env["bank.bridge.registration"]._get()
        registration.write(
            {"address": "http://127.0.0.1:1", "token": "t", "sealed": "sealed-registration", "state": "connected"}
        )
        asked = []
        waiting = list(answers)

        def call(address, token, method, parameters):
            asked.append((method, parameters))
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.startPatcher(patch.object(bank_bridge_registration, "call_bridge", call))
        return asked
