"""Bank statements made by hand, for which Community has no screen, and those whose balances Odoo reckoned."""

from odoo import api, fields, models


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    # Odoo takes the journal from the lines. A new statement has none yet: it is chosen first and handed to the lines.
    journal_id = fields.Many2one(readonly=False, domain=[("type", "in", ("bank", "cash", "credit"))])

    bridge_reckoned = fields.Boolean(
        string="Balances Reckoned",
        readonly=True,
        copy=False,
        help="The bank gave no balances; Odoo reckoned them. A statement with the bank's own takes over its lines.",
    )

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
        following = [("journal_id", "=", self.journal_id.id), ("first_line_index", ">", self.first_line_index)]
        order = "first_line_index"
        stop = self.search([*following, ("bridge_reckoned", "=", False)], order=order, limit=1)
        if stop:
            following.append(("first_line_index", "<", stop.first_line_index))
        reckons = self.with_context(bridge_reckons=True)
        for statement in reckons.search([*following, ("bridge_reckoned", "=", True)], order=order):
            statement._compute_balance_start()
            statement.balance_end_real = statement.balance_end
