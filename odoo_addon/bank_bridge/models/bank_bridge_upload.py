"""Bank files that somebody brings in through Odoo's screens: one press, one file or several."""

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

GROUP_UPLOAD = "account.group_account_basic"
BUSY = ("reading", "importing")
FILES_AT_MOST = 200
# Each file is a run of the bridge, which takes a limited number at once from all who call it: the others wait.
RUNS_AT_ONCE = 4


class BankBridgeUpload(models.TransientModel):
    _name = "bank.bridge.upload"
    _description = "Bank Bridge: upload of bank files"
    _transient_max_hours = 48

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        readonly=True,
        default=lambda self: self.env.companies,
        help="Journals of these companies are looked for.",
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Choose Files", copy=False)
    journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
        help="Leave it empty: the journal is found by the account that the file names.",
    )
    file_ids = fields.One2many("bank.bridge.upload.file", "upload_id", string="Files")
    busy = fields.Boolean(compute="_compute_state")
    stuck = fields.Boolean(compute="_compute_state", help="Files wait, and none is at work.")
    count_ready = fields.Integer(string="Files to Import", compute="_compute_state")
    state = fields.Selection(
        [("draft", "Files"), ("check", "Check"), ("done", "Imported")], string="Status", compute="_compute_state"
    )

    @api.depends("file_ids.state", "file_ids.lost")
    def _compute_state(self):
        for upload in self:
            states = set(upload.file_ids.mapped("state"))
            upload.busy = bool(upload._at_work())
            upload.stuck = not upload.busy and "waiting" in states
            upload.count_ready = len(upload.file_ids.filtered(lambda file: file.state == "ready"))
            upload.state = "draft" if not states else "done" if states <= {"done"} else "check"

    @api.depends_context("lang")
    def _compute_display_name(self):
        for upload in self:
            upload.display_name = self.env._("Import File")

    # Buttons

    def action_read(self):
        """Hand the files to the bridge, which tells what it sees in them; nothing is written yet."""
        upload = self._pressed()
        if not upload.attachment_ids:
            raise UserError(self.env._("Choose a file first."))
        return upload._take(upload.attachment_ids)

    def action_import_all(self):
        """Import all files that are ready; those that need a choice stay."""
        upload = self._pressed()
        upload.file_ids.filtered(lambda file: file.state == "ready")._ask(dry_run=False)
        return upload._reload()

    def action_go_on(self):
        """Begin those that still wait: the bridge has not told how the ones before them ended."""
        upload = self._pressed()
        upload._go_on()
        return upload._reload()

    def action_more(self):
        """Another upload."""
        self._pressed()
        return self.env["ir.actions.act_window"]._for_xml_id("bank_bridge.action_upload")

    # What they share

    def _pressed(self):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_UPLOAD):
            raise AccessError(self.env._("Only an accountant can import bank files."))
        self.check_access("write")
        return self

    def _take(self, attachments):
        """One file each, all of them handed to the bridge."""
        if len(attachments) > FILES_AT_MOST:
            raise UserError(
                self.env._(
                    "At most %s files can be imported at once. Put them into a ZIP archive, or import them in turn.",
                    FILES_AT_MOST,
                )
            )
        files = self.env["bank.bridge.upload.file"].create(
            [
                {
                    "upload_id": self.id,
                    "name": attachment.name,
                    "attachment_id": attachment.id,
                    "journal_id": self.journal_id.id,
                }
                for attachment in attachments.sorted("id")
            ]
        )
        for file in files:
            file.attachment_id.write({"res_model": file._name, "res_id": file.id})
        self.attachment_ids = [Command.clear()]
        files._ask(dry_run=True)
        return files._open() if len(files) == 1 else self._reload()

    def _at_work(self):
        return self.file_ids.filtered(lambda file: file.state in BUSY and not file.lost)

    def _go_on(self):
        """Hand the next files that wait to the bridge, as far as there is room."""
        for upload in self:
            waiting = upload.file_ids.filtered(lambda file: file.state == "waiting").sorted("id")
            for file in waiting[: max(0, RUNS_AT_ONCE - len(upload._at_work()))]:
                file._begin()

    def _reload(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import File"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[self.env.ref("bank_bridge.upload_form").id, "form"]],
            "view_mode": "form",
            "target": "main",
        }

    @api.autovacuum
    def _forget_what_was_left(self):
        """Files that were chosen, and never handed to the bridge."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), hours=self._transient_max_hours)
        self.env["ir.attachment"].sudo().search([("res_model", "=", self._name), ("create_date", "<", limit)]).unlink()

    @api.model
    def _of_attachments(self, attachments, journal):
        """From Odoo's own uploader: a card of the dashboard, or files dropped on it."""
        if not self.env.user.has_group(GROUP_UPLOAD):
            raise AccessError(self.env._("Only an accountant can import bank files."))
        if not attachments:
            raise UserError(self.env._("Choose a file first."))
        # Nobody hands the bridge what he may not read himself.
        attachments.check_access("read")
        company = journal.company_id or self.env.company
        upload = self.create(
            {"company_id": company.id, "company_ids": [Command.set((self.env.companies | company).ids)]}
        )
        if journal and not journal.bank_account_id:
            # The account cannot find this journal: the place where the file was dropped says it.
            upload.journal_id = journal
        return upload._take(attachments)
