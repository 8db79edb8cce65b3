import base64
import uuid
from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user

from ..models import bank_bridge_registration
from .common import IBAN, BridgeCase

LIMIT = 1_000


class UploadCase(BridgeCase):
    """Uploads of an accountant, with a bridge that answers as it is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registration = cls.env["bank.bridge.registration"]._get()
        cls.registration.write(
            {
                "address": "http://127.0.0.1:1",
                "token": "t",
                "sealed": "sealed-registration",
                "state": "connected",
                "user_id": cls.importer.id,
            }
        )
        cls.other = new_test_user(cls.env, "bridge_other", "account.group_account_basic", company_id=cls.company.id)
        cls.ends = cls.env["bank.bridge.upload.file"].with_user(cls.importer)

    def setUp(self):
        super().setUp()
        self.asked = []
        self.failure = None
        self.proposal = {"preset": "bank = 'B'"}

        def call(address, token, method, parameters):
            self.asked.append((method, parameters))
            if method == "bank.ping":
                return {"max_file_size": LIMIT}
            if self.failure:
                raise self.failure
            return self.proposal if method == "bank.propose_preset" else {"run": parameters["run"]}

        self.startPatcher(patch.object(bank_bridge_registration, "call_bridge", call))

    def methods(self):
        return [method for method, _parameters in self.asked]

    def attachment(self, name="day.coda", content=b"bytes of the bank", user=None):
        return self.env["ir.attachment"].with_user(user or self.accountant).create({"name": name, "raw": content})

    def upload(self, *attachments, user=None, **values):
        """Files that were chosen and handed to the bridge; the files."""
        upload = (
            self.env["bank.bridge.upload"]
            .with_user(user or self.accountant)
            .create({"attachment_ids": [Command.set([one.id for one in attachments or [self.attachment()]])], **values})
        )
        upload.action_read()
        return upload.file_ids

    def seen(self, new=2, iban=IBAN, **values):
        return {
            "format": "coda",
            "facts": [],
            "count": 1,
            "lines": 3,
            "counts": {"created": new, "duplicate": 1, "matched": 0, "held": 0},
            "statements": [
                {
                    "number": "2026-1",
                    "account": {"iban": iban, "number": None, "currency": "EUR", "holder": "Papierhandel"},
                    "member": None,
                    "currency": "EUR",
                    "opening": {"date": "2026-03-01", "amount": "100.00"},
                    "closing": None,
                    "sum": "-12.30",
                    "first": "2026-03-02",
                    "last": "2026-03-02",
                    "count": 3,
                    "lines": [{"date": "2026-03-02", "amount": "-12.30", "counterparty": "Drukkerij", "text": "text"}],
                    "findings": [
                        {
                            "code": "BB-5002",
                            "args": {"number": "3", "previous": "1"},
                            "message": "statement 3 does not follow 1: a statement may be missing",
                            "line": 7,
                        }
                    ],
                    "journal": {"id": self.journal.id, "name": self.journal.name},
                    "counts": {"created": new, "duplicate": 1, "matched": 0, "held": 0},
                }
            ],
            **values,
        }

    def table(self, fingerprint="header-1"):
        return {
            "fingerprint": fingerprint,
            "columns": [
                {"column": "Posted", "example": "02/03/2026", "role": "booked", "because": "each cell is a date"},
                {"column": "Moved", "example": "-1,50", "role": "amount", "because": "its cells"},
                {"column": "Words", "example": "Coffee", "role": None, "because": None},
            ],
        }

    def end(self, file, dry_run=True, **report):
        answer = self.ends.bridge_upload_end(run=file.run, dry_run=dry_run, **report)
        self.assertNotIn("error", answer)
        file.invalidate_recordset()
        return answer

    def open_for(self, file, **options):
        """As the bridge opens the import of an uploaded file."""
        return self.open_run(
            run=file.run or str(uuid.uuid4()), content=base64.b64decode(self.asked[-1][1]["content"]), **options
        )
