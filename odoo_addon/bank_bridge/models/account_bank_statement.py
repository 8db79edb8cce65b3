"""Bank statements made by hand, for which Community has no screen, and those whose balances Odoo reckoned."""

from odoo import api, fields, models

JOURNAL_TYPES = ("bank", "cash", "credit")


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    # Odoo takes the journal from the lines. A new statement has none yet: it is chosen first and handed to the lines.
    journal_id = fields.Many2one(readonly=False, domain=[("type", "in", JOURNAL_TYPES)])

    bridge_reckoned = fields.Boolean(
        string="Balances Reckoned",
        readonly=True,
        copy=False,
        help="The bank gave no balances; Odoo reckoned them. A statement with the bank's own takes over its lines.",
    )

    # What was last proposed, so that a balance that somebody enters is not proposed over.
    bridge_proposed = fields.Monetary(store=False)
    # The day that was entered: Odoo takes it from the lines, which have none before they are saved.
    bridge_day = fields.Date(store=False)

    @api.model
    def default_get(self, fields):
        """Where a company has one bank journal, a statement entered by hand is of that one."""
        defaults = super().default_get(fields)
        if "journal_id" in fields and not defaults.get("journal_id") and not defaults.get("line_ids"):
            journals = self.env["account.journal"].search(
                [("type", "in", JOURNAL_TYPES), ("company_id", "=", self.env.company.id)], limit=2
            )
            if len(journals) == 1:
                defaults["journal_id"] = journals.id
        return defaults

    @api.onchange("journal_id", "date")
    def _onchange_propose_opening(self):
        """A statement begins where the one before it ended."""
        if self._origin or not self.journal_id or any(line._origin for line in self.line_ids):
            return
        if self.currency_id.compare_amounts(self.balance_start, self.bridge_proposed) == 0:
            self.balance_start = self.bridge_proposed = self._opening_to_propose()

    @api.onchange("date")
    def _onchange_remember_day(self):
        self.bridge_day = self.date or self.bridge_day

    @api.onchange("line_ids")
    def _onchange_keep_day(self):
        if not self.date and not self._origin:
            self.date = self.bridge_day

    def _opening_to_propose(self):
        """The running balance after what stands in the journal up to that day."""
        lines = [("journal_id", "=", self.journal_id.id), ("state", "=", "posted")]
        if self.date:
            lines.append(("date", "<=", self.date))
        return self.env["account.bank.statement.line"].search(lines, limit=1).running_balance

    @api.depends("create_date")
    def _compute_name(self):
        # Odoo would call a statement that is not saved yet "Statement None".
        saved = self.filtered("create_date")
        for statement in self - saved:
            statement.name = statement.name
        return super(AccountBankStatement, saved)._compute_name()

    @api.model_create_multi
    def create(self, vals_list):
        """A name left empty is made up by Odoo from journal and date."""
        return super().create(
            [{name: value for name, value in vals.items() if name != "name" or value} for vals in vals_list]
        )

    @api.depends("line_ids.journal_id")
    def _compute_journal_id(self):
        with_lines = self.filtered(lambda statement: statement.line_ids.journal_id)
        for statement in self - with_lines:
            statement.journal_id = statement.journal_id
        return super(AccountBankStatement, with_lines)._compute_journal_id()

    def write(self, vals):
        """A balance that somebody enters is no longer reckoned."""
        entered = {"balance_start", "balance_end_real"} & set(vals)
        if entered and "bridge_reckoned" not in vals and not self.env.context.get("bridge_reckons"):
            vals = {**vals, "bridge_reckoned": False}
        return super().write(vals)

    def _bridge_gave_lines_to(self, made):
        """Leave these reckoned statements right after another one took lines of theirs; those without lines go."""
        empty = self.filtered(lambda statement: not statement.line_ids)
        if empty:
            self.env["bank.bridge.import"].search([("statement_ids", "in", empty.ids)]).statement_ids |= made
            empty.unlink()

    def _bridge_reckon_after(self):
        """Reckon anew what follows, up to the next statement with balances of its own."""
        self._bridge_reckon(self.journal_id, [("first_line_index", ">", self.first_line_index)])

    def _bridge_reckon_from(self, journal, index):
        """Reckon anew the statement that reaches over this place in the journal, and what follows."""
        before = [("journal_id", "=", journal.id), ("first_line_index", "<=", index)]
        reaches = self.search(before, order="first_line_index desc", limit=1)
        first = ">=" if reaches.bridge_reckoned else ">"
        self._bridge_reckon(journal, [("first_line_index", first, reaches.first_line_index or "")])

    def _bridge_reckon(self, journal, following):
        following = [("journal_id", "=", journal.id), *following]
        order = "first_line_index"
        stop = self.search([*following, ("bridge_reckoned", "=", False)], order=order, limit=1)
        if stop:
            following.append(("first_line_index", "<", stop.first_line_index))
        reckons = self.with_context(bridge_reckons=True)
        for statement in reckons.search([*following, ("bridge_reckoned", "=", True)], order=order):
            statement._compute_balance_start()
            statement.balance_end_real = statement.balance_end
