"""Find what is missing in the journals of banks, and bring it: from the bank again, or from a file."""

from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from ..models.gaps import BALANCE, BEHIND, CHAIN, INCOMPLETE, NUMBER
from ..models.line_merge import GROUP_TIDY

PERIOD = 365
GAPS_AT_MOST = 500
KINDS = [
    (CHAIN, "Balances Do Not Join"),
    (NUMBER, "Numbers Skip"),
    (INCOMPLETE, "Incomplete Statement"),
    (BEHIND, "Days Not Read"),
    (BALANCE, "Balance Differs"),
]


class BankBridgeMissing(models.TransientModel):
    _name = "bank.bridge.missing"
    _description = "Bank Bridge: search for what is missing"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    journal_ids = fields.Many2many(
        "account.journal",
        "bank_bridge_missing_journal",
        string="Journals",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
        help="All journals of banks when empty.",
    )
    date_from = fields.Date(
        string="Since",
        required=True,
        default=lambda self: fields.Date.context_today(self) - timedelta(days=PERIOD),
    )
    searched = fields.Boolean(readonly=True)
    capped = fields.Boolean(readonly=True)
    gap_ids = fields.One2many("bank.bridge.gap", "search_id", string="Gaps", readonly=True)
    count_gaps = fields.Integer(compute="_compute_count_gaps")

    @api.depends("company_id")
    def _compute_display_name(self):
        self.display_name = self.env._("Find Missing")

    @api.depends("gap_ids")
    def _compute_count_gaps(self):
        for search in self:
            search.count_gaps = len(search.gap_ids)

    def action_search(self):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_TIDY):
            raise AccessError(self.env._("Only an accountant can look for what is missing."))
        self.check_access("write")
        journals = self.journal_ids or self.env["account.journal"].search(
            [("type", "in", ("bank", "cash", "credit")), ("company_id", "=", self.company_id.id)]
        )
        gaps = self.env["account.journal"].search([("id", "in", journals.ids)])._bridge_gaps(self.date_from)
        self.sudo().write(
            {
                "searched": True,
                "capped": len(gaps) > GAPS_AT_MOST,
                "gap_ids": [Command.clear()] + [Command.create(gap) for gap in gaps[:GAPS_AT_MOST]],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Find Missing"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "main",
        }


class BankBridgeGap(models.TransientModel):
    _name = "bank.bridge.gap"
    _description = "Bank Bridge: what is missing"
    _rec_name = "kind"

    search_id = fields.Many2one("bank.bridge.missing", required=True, readonly=True, ondelete="cascade", index=True)
    kind = fields.Selection(KINDS, readonly=True)
    journal_id = fields.Many2one("account.journal", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    statement_id = fields.Many2one("account.bank.statement", readonly=True, ondelete="cascade")
    # The online account that can bring it.
    account_id = fields.Many2one("bank.bridge.account", compute="_compute_account_id", store=True, ondelete="cascade")
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="To", readonly=True)
    amount = fields.Monetary(readonly=True)
    text = fields.Char(string="What Is Missing", readonly=True)
    locked = fields.Char(compute="_compute_locked")
    locked_whole = fields.Boolean(compute="_compute_locked")
    held = fields.Boolean(compute="_compute_held")

    @api.depends("journal_id")
    def _compute_currency_id(self):
        for gap in self:
            gap.currency_id = gap.journal_id.currency_id or gap.journal_id.company_id.currency_id

    @api.depends("journal_id")
    def _compute_account_id(self):
        for gap in self:
            accounts = self.env["bank.bridge.account"].search([("journal_id", "=", gap.journal_id.id)])
            linked = accounts.filtered(lambda account: account.connection_id.sudo().sealed and not account._is_gone())
            gap.account_id = gap.account_id or linked[:1]

    @api.depends("journal_id", "date_from", "date_to")
    def _compute_locked(self):
        imports = self.env["bank.bridge.import"].sudo()
        for gap in self:
            until = fields.Date.to_date(imports._closed_until(gap.journal_id.sudo()))
            closed = bool(until and gap.date_from and gap.date_from <= until)
            gap.locked_whole = closed and gap.date_to <= until
            gap.locked = closed and self.env._("The books are closed up to %s.", format_date(self.env, until))

    @api.depends("kind", "statement_id")
    def _compute_held(self):
        for gap in self:
            gap.held = gap.kind == INCOMPLETE and bool(gap.statement_id.bridge_count_held)

    def action_fetch(self):
        """Have the bank read again for these days."""
        self._check_accountant()
        if not self.account_id:
            raise UserError(self.env._("The journal %s has no online account. Import a file.", self.journal_id.name))
        if self.locked_whole:
            raise UserError(
                self.env._(
                    "%(locked)s What the bank gives for these days could not be booked (BB-4106). Open the period first.",
                    locked=self.locked,
                )
            )
        self.account_id._read_again_from(self.date_from)
        return self.account_id.connection_id.action_sync()

    def action_import(self):
        """Bring these days from a file."""
        self._check_accountant()
        upload = self.env.ref("bank_bridge.action_upload", raise_if_not_found=False)
        name = "bank_bridge.action_upload" if upload else "bank_bridge.action_import"
        action = self.env["ir.actions.actions"]._for_xml_id(name)
        return {**action, "context": {"default_journal_id": self.journal_id.id}}

    def action_statement(self):
        self._check_accountant()
        return self.statement_id._bridge_open(self.statement_id)

    def action_held(self):
        self._check_accountant()
        return self.statement_id.action_bridge_held()

    def _check_accountant(self):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_TIDY):
            raise AccessError(self.env._("Only an accountant can look for what is missing."))
        self.check_access("read")
        self.journal_id.check_access("read")
