"""Imports of uploaded files: limited to the companies of who uploads, and shown as that person's."""

from odoo import api, models

from .bank_bridge_upload_file import finding_words
from .refusal import Refusal


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    @api.model
    def bridge_open(self, *, run, **arguments):
        """The bridge's own user may write to all companies; who uploads a file may not."""
        upload = self.env["bank.bridge.upload.file"].sudo().search([("run", "=", run)], limit=1)
        here = self
        if upload:
            companies = upload.upload_id.company_ids & upload.create_uid.company_ids
            here = self.with_context(bridge_upload_companies=companies.ids)
        answer = super(BankBridgeImport, here).bridge_open(run=run, **arguments)
        if upload and answer.get("import"):
            record = self.sudo().browse(answer["import"])
            record.user_id = upload.create_uid
            upload.import_id = record
        return answer

    @api.depends("findings")
    @api.depends_context("lang")
    def _compute_findings_text(self):
        """In the user's language where a finding came with its arguments."""
        for record in self:
            record.findings_text = "\n".join(finding_words(self.env, finding) for finding in record.findings or [])

    def _usable_journals(self, domain):
        companies = self.env.context.get("bridge_upload_companies")
        if companies is not None:
            domain = [*domain, ("company_id", "in", companies)]
        return super()._usable_journals(domain)

    def _named_journal(self, named, keys, label):
        """`#7` is the journal of that id: the screens know it so, and a code may stand in several companies."""
        if named[:1] == "#" and named[1:].isdecimal():
            journal = self._usable_journals([("id", "=", int(named[1:]))])
            if not journal:
                raise Refusal("BB-4102", journal=named)
            return journal
        return super()._named_journal(named, keys, label)
