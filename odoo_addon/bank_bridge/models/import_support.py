"""What support wants to know of a failed run, in one line, and what to do about it."""

from odoo import api, fields, models

from .file_words import step_of


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    next_step = fields.Char(compute="_compute_support", help="What to do about it.")
    support_line = fields.Char(compute="_compute_support", help="What support wants to know, in one line.")

    @api.depends("code", "run", "source", "ended", "connection_id.code_run")
    @api.depends_context("lang")
    def _compute_support(self):
        for record in self:
            record.next_step = step_of(self.env, record.code) if record.code else False
            if record.code and record.connection_id.code_run == record.run:
                # With the provider's own words.
                record.support_line = record.connection_id.support_line
                continue
            parts = [
                record.code,
                record.source,
                f"run {record.run}",
                record.ended and f"{record.ended:%Y-%m-%d %H:%M} UTC",
            ]
            record.support_line = " · ".join(filter(None, parts)) if record.code else False
