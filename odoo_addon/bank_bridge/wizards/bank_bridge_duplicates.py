"""Find transactions that came in twice, compare the two, and delete the one too many."""

from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models import comparison
from ..models.duplicate_search import LIKELY, PAIRS_AT_MOST, POSSIBLE, SURE, TWO
from ..models.line_merge import GROUP_TIDY

DAYS = 3
PERIOD = 90
VERDICTS = [
    (SURE, "Very Likely"),
    (LIKELY, "Likely"),
    (POSSIBLE, "Possible"),
    (TWO, "Probably Two Payments"),
]


class BankBridgeDuplicates(models.TransientModel):
    _name = "bank.bridge.duplicates"
    _description = "Bank Bridge: search for duplicates"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    journal_ids = fields.Many2many(
        "account.journal",
        "bank_bridge_duplicates_journal",
        string="Journals",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
        help="All journals of banks when empty.",
    )
    date_from = fields.Date(string="From", required=True, default=lambda self: self._first_day())
    date_to = fields.Date(string="To")
    days = fields.Integer(
        string="Days Apart", default=DAYS, required=True, help="How far the booking dates of the two may lie apart."
    )
    within_source = fields.Boolean(
        string="Also Within One Source",
        help="A bank that names two lines apart says that they are two payments. Look at those as well.",
    )
    searched = fields.Boolean(readonly=True)
    capped = fields.Boolean(readonly=True)
    pair_ids = fields.One2many("bank.bridge.duplicate", "search_id", string="Pairs")
    count_pairs = fields.Integer(compute="_compute_counts")
    count_chosen = fields.Integer(compute="_compute_counts")

    _days_apart = models.Constraint("CHECK (days BETWEEN 0 AND 10)", "The dates may lie 0 to 10 days apart.")

    @api.model
    def _first_day(self):
        """The last 90 days, or since the last statement where that is longer ago."""
        statement = self.env["account.bank.statement"].search(
            [("company_id", "=", self.env.company.id), ("date", "!=", False)], order="date desc", limit=1
        )
        first = fields.Date.context_today(self) - timedelta(days=PERIOD)
        return min(first, statement.date) if statement else first

    @api.depends("company_id")
    def _compute_display_name(self):
        self.display_name = self.env._("Find Duplicates")

    @api.depends("pair_ids.choice")
    def _compute_counts(self):
        for search in self:
            search.count_pairs = len(search.pair_ids)
            search.count_chosen = len(search.pair_ids.filtered("choice"))

    def action_search(self):
        self._check_accountant()
        self._search_anew()
        return self._shown()

    def action_suggest(self):
        """Choose what is suggested for the pairs that are very likely, each transaction once."""
        self._check_accountant()
        taken = set()
        for pair in self.pair_ids.filtered(lambda pair: pair.verdict == SURE and not pair.choice):
            if pair.suggestion and taken.isdisjoint((pair.line_id.id, pair.other_id.id)):
                pair.choice = pair.suggestion
                taken.update((pair.line_id.id, pair.other_id.id))
        return self._shown()

    def action_apply(self):
        """Do what was chosen, each pair by itself; what cannot be done says why and stays."""
        self._check_accountant()
        chosen = self.pair_ids.filtered("choice")
        if not chosen:
            raise UserError(self.env._("Choose first, for a pair at least, what is to be done."))
        return self._apply(chosen)

    def _apply(self, chosen):
        deleted, kept, refusals = 0, 0, {}
        # A pair of which one was deleted for another pair is gone with it.
        for pair in chosen:
            if not pair.exists():
                continue
            lines = (pair.line_id, pair.other_id)
            try:
                # What one pair changed stays when the next one is refused.
                with self.env.cr.savepoint():
                    gone = pair._apply()
            except AccessError:
                raise
            except UserError as refusal:
                refusals[lines] = str(refusal)
            else:
                deleted += gone
                kept += not gone
        self._search_anew()
        for pair in self.pair_ids.sudo():
            pair.refusal = refusals.get((pair.line_id, pair.other_id))
        return self._told(deleted, kept, list(refusals.values()))

    def _search_anew(self):
        journals = self.journal_ids or self.env["account.journal"].search(
            [("type", "in", ("bank", "cash", "credit")), ("company_id", "=", self.company_id.id)]
        )
        journals = self.env["account.journal"].search([("id", "in", journals.ids)])
        lines = self.env["account.bank.statement.line"]
        found = lines._bridge_find_duplicates(journals, self.date_from, self.date_to, self.days, self.within_source)
        readable = set(lines.search([("id", "in", list({line for _verdict, *pair in found for line in pair}))]).ids)
        found = [row for row in found if readable.issuperset(row[1:])]
        self.sudo().write(
            {
                "searched": True,
                "capped": len(found) > PAIRS_AT_MOST,
                "pair_ids": [Command.clear()]
                + [
                    Command.create({"verdict": verdict, "line_id": one, "other_id": two})
                    for verdict, one, two in found[:PAIRS_AT_MOST]
                ],
            }
        )

    def _check_accountant(self):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_TIDY):
            raise AccessError(self.env._("Only an accountant can delete duplicates."))
        self.check_access("write")

    def _shown(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Find Duplicates"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "main",
        }

    def _told(self, deleted, kept, refusals):
        sentences = []
        if deleted:
            sentences.append(self.env._("Transactions deleted: %s. Nothing else in the books has changed.", deleted))
        if deleted and self._keeps_audit_trail():
            sentences.append(self.env._("Their entries stay, cancelled, for the audit trail."))
        if kept:
            sentences.append(self.env._("Pairs kept: %s. They will not be shown again.", kept))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if refusals else "success",
                "message": " ".join([*sentences, *refusals[:3]]),
                "sticky": bool(refusals),
                "next": self._shown(),
            },
        }

    def _keeps_audit_trail(self):
        company = self.company_id.sudo()
        # Its name before Odoo 19, and since.
        names = ("check_account_audit_trail", "restrictive_audit_trail")
        return any(company[name] for name in names if name in company._fields)


class BankBridgeDuplicate(models.TransientModel):
    _name = "bank.bridge.duplicate"
    _description = "Bank Bridge: two transactions that may be one"
    _rec_name = "verdict"

    search_id = fields.Many2one("bank.bridge.duplicates", required=True, readonly=True, ondelete="cascade", index=True)
    verdict = fields.Selection(VERDICTS, string="Likelihood", readonly=True)
    line_id = fields.Many2one("account.bank.statement.line", required=True, readonly=True, ondelete="cascade")
    other_id = fields.Many2one("account.bank.statement.line", required=True, readonly=True, ondelete="cascade")
    choice = fields.Selection(
        [("first", "Delete the First"), ("second", "Delete the Second"), ("both", "Keep Both")], string="Decision"
    )
    suggestion = fields.Selection([("first", "The First"), ("second", "The Second")], compute="_compute_suggestion")
    amount = fields.Monetary(related="line_id.amount", related_sudo=False)
    currency_id = fields.Many2one(related="line_id.currency_id", related_sudo=False)
    journal_id = fields.Many2one(related="line_id.journal_id", related_sudo=False)
    first = fields.Html(compute="_compute_sides", sanitize=False)
    second = fields.Html(compute="_compute_sides", sanitize=False)
    refusal = fields.Char(string="Refused", readonly=True)

    def write(self, vals):
        # Which lines are compared is for the search to say.
        if not self.env.su and set(vals) - {"choice"}:
            raise AccessError(self.env._("Only the decision can be chosen on a pair."))
        return super().write(vals)

    @api.depends("line_id", "other_id")
    def _compute_suggestion(self):
        """Which of the two to delete: not the reconciled one, nor the bank's where the other was entered by hand."""
        sources = (self.line_id | self.other_id)._bridge_sources()
        for pair in self:
            worth = {
                name: (
                    line.is_reconciled,
                    bool(line.statement_id) and not line.statement_id.bridge_reckoned,
                    bool(sources.get(line.id)),
                    -line.id,
                )
                for name, line in (("first", pair.line_id), ("second", pair.other_id))
            }
            less = min(worth, key=worth.get)
            pair.suggestion = False if worth[less][0] else less

    @api.depends("line_id", "other_id")
    def _compute_sides(self):
        lines = self.line_id | self.other_id
        sources = lines._bridge_sources()
        for pair in self:
            pair.first, pair.second = comparison.side_by_side(
                self.env,
                *(comparison.of_line(line, sources.get(line.id), self.env) for line in (pair.line_id, pair.other_id)),
            )

    def action_delete_first(self):
        return self._decide("first")

    def action_delete_second(self):
        return self._decide("second")

    def action_keep_both(self):
        return self._decide("both")

    def _decide(self, choice):
        self.ensure_one()
        self.search_id._check_accountant()
        self.choice = choice
        return self.search_id._apply(self)

    def _apply(self):
        """Whether one of them was deleted."""
        if self.choice == "both":
            self.line_id.check_access("read")
            self.other_id.check_access("read")
            self.env["bank.bridge.pair"].sudo()._remember(self.line_id, self.other_id)
            return False
        self.env["bank.bridge.turn"].sudo()._take(self.journal_id)
        gone, kept = (self.line_id, self.other_id) if self.choice == "first" else (self.other_id, self.line_id)
        sources = (gone | kept)._bridge_sources()
        if not self.search_id.within_source and set(sources[gone.id]) & set(sources[kept.id]):
            raise UserError(self.env._("One source brought both of them: they are two payments."))
        gone._bridge_delete_for(kept)
        return True
