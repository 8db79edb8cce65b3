"""Taking an import of a file back: the lines that it created go, as long as nothing else rests on them.

Safest first: where a line is reconciled, in a closed period, or known to another import as well, nothing happens unless
the user says that the others go. Identities go with their lines, so that the same file can be imported again.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from .bank_bridge_upload import GROUP_UPLOAD

LOCKED, RECONCILED, ELSEWHERE = "locked", "reconciled", "elsewhere"
NAMED_AT_MOST = 20


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    undone_id = fields.Many2one("res.users", string="Undone By", readonly=True, copy=False)
    undone_on = fields.Datetime(readonly=True, copy=False)
    undone_text = fields.Char(string="Undone", compute="_compute_undone_text")
    can_undo = fields.Boolean(compute="_compute_can_undo")

    @api.depends("state", "count_created", "undone_on", "identity_ids")
    def _compute_can_undo(self):
        for record in self:
            created = record.identity_ids.filtered(lambda identity: not identity.alias)
            record.can_undo = record.state != "running" and not record.connection_id and bool(created)

    @api.depends("undone_id", "undone_on")
    @api.depends_context("lang", "tz")
    def _compute_undone_text(self):
        for record in self:
            record.undone_text = record.undone_on and self.env._(
                "Undone by %(user)s on %(date)s.",
                user=record.undone_id.sudo().name,
                date=format_datetime(self.env, record.undone_on),
            )

    def action_undo(self):
        """Ask first, with what would happen."""
        self._may_undo()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo Import"),
            "res_model": "bank.bridge.undo",
            "view_mode": "form",
            "target": "new",
            "context": {"default_import_id": self.id},
        }

    def _may_undo(self):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_UPLOAD):
            raise AccessError(self.env._("Only an accountant can undo an import."))
        self.check_access("read")
        if self.state == "running":
            raise UserError(self.env._("This import is still running."))
        if self.connection_id:
            # Its next run would not bring them again: the bank is not asked for those days any more.
            raise UserError(self.env._("Lines of an online connection cannot be undone: delete them one by one."))

    def _undo_plan(self):
        """(lines that go, {why: lines that stay}), each in the order of the journal."""
        created = self.identity_ids.filtered(lambda identity: not identity.alias).line_id
        stay = {LOCKED: created.browse(), RECONCILED: created.browse(), ELSEWHERE: created.browse()}
        others = self.env["bank.bridge.identity"].search(
            [("line_id", "in", created.ids), ("import_id", "!=", self.id), ("import_id", "!=", False)]
        )
        for line in created:
            items = line.move_id.line_ids
            if line.is_reconciled or line.payment_ids or items.matched_debit_ids or items.matched_credit_ids:
                stay[RECONCILED] |= line
            elif line.company_id._get_violated_lock_dates(line.date, False, line.journal_id):
                stay[LOCKED] |= line
            elif line in others.line_id:
                stay[ELSEWHERE] |= line
        kept = stay[LOCKED] | stay[RECONCILED] | stay[ELSEWHERE]
        return (created - kept).sorted("internal_index"), stay

    def _undo(self, rest=False):
        """Delete what may go. `rest`: although some lines stay."""
        self._may_undo()
        record = self.sudo()
        for journal in record.journal_ids.sorted("id"):
            # A file that comes in at the same time must see all of this or nothing.
            record.env["bank.bridge.turn"]._take(journal)
        lines, stay = record._undo_plan()
        if any(stay.values()) and not rest:
            raise UserError(self.env._("Some lines of this import cannot be deleted. Nothing was changed."))
        held = record.held_ids.filtered(lambda one: one.state == "open" or one.line_id in lines)
        held.unlink()
        aliases = record.identity_ids.filtered("alias")
        aliases.unlink()
        record._delete_lines(lines)
        record.write({"undone_id": self.env.uid, "undone_on": fields.Datetime.now()})
        return len(lines)

    def _delete_lines(self, lines):
        """Odoo deletes no line of a statement that is complete: those that become empty go first, others let go."""
        starts = {}
        for line in lines:
            index = line.internal_index
            starts[line.journal_id] = min(starts.get(line.journal_id, index), index)
        statements = lines.statement_id
        empty = statements.filtered(lambda statement: statement.line_ids <= lines)
        made = empty & self.statement_ids
        left = statements - made
        made.unlink()
        if left:
            left.line_ids.filtered(lambda line: line in lines).write({"statement_id": False})
        lines.invalidate_recordset(["statement_id"])
        lines.with_context(force_delete=True).unlink()
        for statement in left.filtered("line_ids"):
            # What is left of it adds up again; the next statement shows what is missing between them.
            if not statement.bridge_reckoned:
                statement.balance_end_real = statement.balance_end
        for journal, start in starts.items():
            self.env["account.bank.statement"]._bridge_reckon_from(journal, start)


class BankBridgeUndo(models.TransientModel):
    _name = "bank.bridge.undo"
    _description = "Bank Bridge: undo an import"

    import_id = fields.Many2one("bank.bridge.import", required=True, readonly=True, ondelete="cascade")
    count_lines = fields.Integer(string="Lines to Delete", compute="_compute_plan")
    count_kept = fields.Integer(string="Lines That Stay", compute="_compute_plan")
    question = fields.Char(compute="_compute_plan")
    reasons = fields.Text(compute="_compute_plan")

    @api.depends("import_id")
    @api.depends_context("lang")
    def _compute_plan(self):
        for undo in self:
            undo.import_id.check_access("read")
            lines, stay = undo.import_id.sudo()._undo_plan()
            undo.count_lines = len(lines)
            undo.count_kept = sum(map(len, stay.values()))
            undo.question = self.env._(
                "Delete the %(count)s lines that %(file)s brought?", count=len(lines), file=undo.import_id.name
            )
            words = {
                RECONCILED: self.env._("Reconciled, and stay:"),
                LOCKED: self.env._("In a closed period, and stay:"),
                ELSEWHERE: self.env._("Known to another import as well, and stay:"),
            }
            undo.reasons = "\n".join(f"{words[why]} {named(kept)}" for why, kept in stay.items() if kept)

    def action_undo(self):
        """All lines, or nothing."""
        return self._go(rest=False)

    def action_undo_rest(self):
        """Those that may go; the others stay as they are."""
        return self._go(rest=True)

    def _go(self, rest):
        self.ensure_one()
        self.check_access("write")
        self.import_id._undo(rest)
        return {"type": "ir.actions.client", "tag": "soft_reload"}


def named(lines):
    """The first of these lines, as a person finds them again."""
    shown = [
        f"{fields.Date.to_string(line.date)} {line.payment_ref or ''} {line.amount:.{line.currency_id.decimal_places}f}"
        for line in lines[:NAMED_AT_MOST]
    ]
    more = len(lines) - len(shown)
    return ", ".join(shown) + (f", … (+{more})" if more > 0 else "")
