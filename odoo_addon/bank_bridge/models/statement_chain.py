"""The statements of a journal as a chain: each begins where the one before it ended, or says in words what is missing."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from .bank_bridge_connection import GROUP_READ


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    bridge_previous_id = fields.Many2one(
        "account.bank.statement", string="Previous Statement", compute="_compute_bridge_neighbours"
    )
    bridge_next_id = fields.Many2one(
        "account.bank.statement", string="Next Statement", compute="_compute_bridge_neighbours"
    )
    bridge_warning = fields.Text(string="Warning", compute="_compute_bridge_warning")
    bridge_count_lines = fields.Integer(string="Number of Transactions", compute="_compute_bridge_counts")
    bridge_count_held = fields.Integer(string="Number of Held Lines", compute="_compute_bridge_counts")

    @api.depends("journal_id", "first_line_index")
    def _compute_bridge_neighbours(self):
        self.flush_model(["journal_id", "first_line_index"])
        self.env.cr.execute(
            SQL(
                """
                SELECT st.id,
                       (SELECT other.id FROM account_bank_statement other
                         WHERE other.journal_id = st.journal_id AND other.first_line_index < st.first_line_index
                      ORDER BY other.first_line_index DESC LIMIT 1),
                       (SELECT other.id FROM account_bank_statement other
                         WHERE other.journal_id = st.journal_id AND other.first_line_index > st.first_line_index
                      ORDER BY other.first_line_index LIMIT 1)
                  FROM account_bank_statement st WHERE st.id = ANY(%s)
                """,
                self._origin.ids,
            )
        )
        neighbours = {statement: others for statement, *others in self.env.cr.fetchall()}
        for statement in self:
            before, after = neighbours.get(statement._origin.id, (False, False))
            statement.bridge_previous_id = before
            statement.bridge_next_id = after

    @api.depends("is_valid", "is_complete", "balance_start", "balance_end", "balance_end_real", "line_ids")
    def _compute_bridge_warning(self):
        for statement in self:
            sentences = statement._bridge_sentences() if statement.line_ids else []
            statement.bridge_warning = "\n".join(sentences) or False

    def _bridge_sentences(self):
        sentences = []
        currency = self.currency_id
        before = self.bridge_previous_id
        if before and currency.compare_amounts(self.balance_start, before.balance_end_real):
            sentences.append(
                self.env._(
                    "The opening balance of %(opening)s is not the closing balance of statement %(statement)s,"
                    " %(closing)s: it differs by %(difference)s. A statement between them may be missing.",
                    opening=self._bridge_money(self.balance_start),
                    statement=before.name,
                    closing=self._bridge_money(before.balance_end_real),
                    difference=self._bridge_money(self.balance_start - before.balance_end_real),
                )
            )
        if currency.compare_amounts(self.balance_end, self.balance_end_real):
            sentences.append(
                self.env._(
                    "The lines do not add up to the closing balance of %(closing)s but to %(reckoned)s:"
                    " %(difference)s is missing.",
                    closing=self._bridge_money(self.balance_end_real),
                    reckoned=self._bridge_money(self.balance_end),
                    difference=self._bridge_money(self.balance_end_real - self.balance_end),
                )
            )
        return sentences

    def _bridge_money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    @api.depends("line_ids")
    def _compute_bridge_counts(self):
        held = dict(
            self.env["bank.bridge.held"]
            .sudo()
            ._read_group(
                [("statement_id", "in", self._origin.ids), ("state", "=", "open")], ["statement_id"], ["__count"]
            )
        )
        for statement in self:
            statement.bridge_count_lines = len(statement.line_ids)
            statement.bridge_count_held = held.get(statement._origin, 0)

    def _bridge_check_reader(self):
        self.ensure_one()
        if not any(map(self.env.user.has_group, GROUP_READ)):
            raise AccessError(self.env._("Only an accountant can open bank statements."))
        self.check_access("read")

    def action_bridge_lines(self):
        self._bridge_check_reader()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Transactions of %s", self.name),
            "res_model": "account.bank.statement.line",
            "views": [(self.env.ref("bank_bridge.statement_line_list").id, "list")],
            "search_view_id": (self.env.ref("bank_bridge.statement_line_search").id, "search"),
            "domain": [("statement_id", "=", self.id)],
            "context": {"create": False},
        }

    def action_bridge_held(self):
        self._bridge_check_reader()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("bank_bridge.action_held"),
            "domain": [("statement_id", "=", self.id)],
        }

    def action_bridge_previous(self):
        return self._bridge_open(self.bridge_previous_id)

    def action_bridge_next(self):
        return self._bridge_open(self.bridge_next_id)

    def _bridge_open(self, statement):
        self._bridge_check_reader()
        return {
            "type": "ir.actions.act_window",
            "name": statement.name,
            "res_model": "account.bank.statement",
            "res_id": statement.id,
            "views": [(self.env.ref("bank_bridge.statement_form").id, "form")],
        }
