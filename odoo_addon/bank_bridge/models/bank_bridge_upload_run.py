"""Runs of the bridge over an uploaded file: it answers at once, works on by itself, and reports how it ended."""

import base64
import uuid

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from .bank_bridge_registration import BridgeFailure
from .bank_bridge_upload import BUSY, GROUP_UPLOAD
from .refusal import Refusal, bridge_method

TOO_BUSY = "BB-1009"
NO_TROUBLE = {"code": False, "args": False, "english": False, "place": False}
NOTHING_SEEN = {
    "format": False,
    "facts": False,
    "findings": False,
    "journal_names": False,
    "count_statements": 0,
    "count_lines": 0,
    "count_new": 0,
    "count_known": 0,
    "count_matched": 0,
    "count_held": 0,
    "statement_ids": [Command.clear()],
    "line_ids": [Command.clear()],
}


class BankBridgeUploadFile(models.TransientModel):
    _inherit = "bank.bridge.upload.file"

    # Buttons

    def action_import(self):
        file = self._pressed()
        if file.state == "ready":
            file._ask(dry_run=False)
        return True

    def action_preview(self):
        """Read the file again with what the user has chosen."""
        file = self._pressed()
        if file.state in BUSY and not file.lost:
            return True
        if file.state == "done":
            raise UserError(self.env._("This file is imported already."))
        if file.state == "refused" and file.column_ids and not file.preset_id and not file._say_columns():
            return True
        file._ask(dry_run=True)
        return True

    def action_new_journal(self):
        """Make the journal of the account that the file names, then read the file again."""
        file = self._pressed()
        seen = file.statement_ids.filtered(lambda one: not one.journal_name and one.account)
        wanted = (file.args or {}).get("account")
        seen = seen.filtered(lambda one: one.account == wanted)[:1] or seen[:1]
        if not seen:
            raise UserError(self.env._("The file names no account: choose a journal."))
        company = file.company_id
        currency = self.env["res.currency"].search([("name", "=", seen.currency_name)], limit=1)
        # With the user's own rights: whoever may set up journals.
        self.env["account.journal"].with_company(company).create(
            {
                "name": self.env._("Bank %s", seen.account[-4:]),
                "type": "bank",
                "company_id": company.id,
                "bank_acc_number": seen.account,
                "currency_id": currency.id if currency and currency != company.currency_id else False,
            }
        )
        file.journal_id = False
        return file.action_preview()

    def action_lines(self):
        return self._of_import("action_lines")

    def action_statements(self):
        return self._of_import("action_statements")

    def action_held(self):
        return self._of_import("action_held")

    def action_open_import(self):
        file = self._pressed()
        return {
            "type": "ir.actions.act_window",
            "res_model": "bank.bridge.import",
            "res_id": file.import_id.id,
            "view_mode": "form",
            "views": [[False, "form"]],
        }

    def action_open(self):
        return self._pressed()._open()

    def _of_import(self, name):
        return getattr(self._pressed().import_id, name)()

    # What they share

    def _pressed(self):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_UPLOAD):
            raise AccessError(self.env._("Only an accountant can import bank files."))
        self.check_access("write")
        return self

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import File"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [[self.env.ref("bank_bridge.upload_file_form").id, "form"]],
        }

    # Asking the bridge

    def _ask(self, dry_run):
        """Have these files read, or imported: at once, or as soon as there is room."""
        self.write({"state": "waiting", "dry_run": dry_run, "run": False, "asked": False, **NO_TROUBLE})
        self.upload_id._go_on()

    def _begin(self):
        """Have the bridge begin a run."""
        self.ensure_one()
        # Odoo names the run, so that the bridge may report before this transaction is at its end.
        self.write(
            {
                **NO_TROUBLE,
                **(NOTHING_SEEN if self.dry_run else {}),
                "state": "reading" if self.dry_run else "importing",
                "run": str(uuid.uuid4()),
                "asked": fields.Datetime.now(),
                "import_id": False,
            }
        )
        try:
            limit = self._limit()
            size = self.attachment_id.with_user(self.create_uid).file_size
            if limit and size > limit:
                raise BridgeFailure("BB-3004", limit=limit >> 20)
            self.env["bank.bridge.registration"]._call("bank.import_start", self._parameters())
        except BridgeFailure as failure:
            others = self.upload_id._at_work() - self
            if failure.code == TOO_BUSY and others:
                # Their end begins this one again.
                self.state = "waiting"
            else:
                self._not_begun(failure)

    def _limit(self):
        """The largest file that the bridge takes, in bytes."""
        limit = self.env["bank.bridge.registration"]._answer("bank.ping", {}).get("max_file_size")
        return limit if isinstance(limit, int) else 0

    def _parameters(self):
        return {
            "run": self.run,
            "dry_run": self.dry_run,
            "name": self.name[:200],
            "content": self._content(),
            "format": self.format_choice or None,
            "date_order": self.date_order or None,
            "decimal_mark": self.decimal_mark or None,
            "preset": self.preset_text or None,
            "journal": f"#{self.journal_id.id}" if self.journal_id else None,
            "force_journal": bool(self.journal_id and self.force_journal),
            "accept_balance": self.accept_balance,
        }

    def _content(self):
        """As far as the owner himself may read it."""
        return base64.b64encode(self.attachment_id.with_user(self.create_uid).raw or b"").decode()

    def _not_begun(self, failure):
        registration = self.env["bank.bridge.registration"].with_context(lang=self.env.lang)
        self.write(
            {
                "state": "refused" if self.dry_run else "failed",
                "code": failure.code,
                "args": failure.details or failure.arguments,
                "english": registration._sentence(failure),
            }
        )

    # Called by the bridge

    @api.model
    @bridge_method
    def bridge_upload_end(
        self,
        *,
        run,
        dry_run,
        code=None,
        args=None,
        message=None,
        place=None,
        details=None,
        seen=None,
        table=None,
    ):
        """The run of an uploaded file has ended: as it should, or with a code. Saying it twice does no harm.

        `place`: where it went wrong, {"file", "statement", "entry", "line"} as far as is known. `seen`: what the file
        holds, or None where it could not be read: {"format", "facts", "count", "lines", "statements": [{"number",
        "account", "member", "currency", "opening", "closing", "sum", "first", "last", "count", "lines": [{"date",
        "amount", "counterparty", "text"}], "findings": [{"code", "args", "message", "line"}], "journal", "counts"}],
        "counts"}. `table`: what the columns of an unknown table seem to be, as `bank.propose_preset` tells it.
        Answers {"known": whether somebody waits for this run}.
        """
        registration = self.env["bank.bridge.registration"]._get()
        if self.env.user != registration.user_id:
            raise Refusal("BB-4006", user=self.env.user.login, right="bridge_upload_end")
        file = self.search([("run", "=", run)], limit=1)
        if not file or file.state not in (*BUSY, "failed"):
            return {"known": bool(file)}
        # As the user who waits: the records are his own, and made in his language.
        owner = file.create_uid
        file = file.with_user(owner).with_context(lang=owner.lang).sudo()
        trouble = {"code": code, "args": args or False, "english": message, "place": place or False}
        file._keep_seen(seen)
        if not code:
            file.write({**NO_TROUBLE, "state": "ready" if dry_run else "done"})
            if not dry_run:
                file._let_go()
        else:
            file.write({**trouble, "state": "refused" if dry_run else "failed"})
            if file.import_id.code == code:
                # The list of imports says it in the user's language too.
                file.import_id.message = file.message
            if dry_run and table:
                file._keep_table(table)
        file.upload_id._go_on()
        return {"known": True}

    def _let_go(self):
        """The import keeps the file; the copy that was uploaded is of no use any more."""
        attachments = self._own_attachments()
        self.attachment_id = False
        attachments.unlink()
