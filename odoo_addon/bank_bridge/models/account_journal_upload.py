"""Files that are uploaded on a journal's card: on a bank's, they are bank files."""

from odoo import models

from .import_open import JOURNAL_TYPES


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def create_document_from_attachment(self, attachment_ids):
        journal = self or self.browse(self.env.context.get("default_journal_id"))
        # Enterprise has an importer of its own behind the same door: where it is installed, the card stays its own.
        if journal[:1].type in JOURNAL_TYPES and not hasattr(type(self), "_import_bank_statement"):
            journal[:1].check_access("read")
            attachments = self.env["ir.attachment"].browse(attachment_ids)
            # What Odoo's uploader says of invoices is not for our records.
            # The whole context is replaced, since nothing else takes names out. pylint: disable=context-overridden
            context = {name: value for name, value in self.env.context.items() if not name.startswith("default_")}
            clean = self.with_context(context).env
            return clean["bank.bridge.upload"]._of_attachments(
                attachments.with_env(clean), journal[:1].with_env(clean)
            )
        return super().create_document_from_attachment(attachment_ids)
