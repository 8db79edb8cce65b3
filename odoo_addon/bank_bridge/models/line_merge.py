"""Delete a transaction that came in twice: the one that stays answers for both from then on."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

GROUP_TIDY = "account.group_account_basic"


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _bridge_delete_for(self, kept):
        """Delete this line, which is the same payment as `kept`.

        Refuses with the reason where the books would feel it. The sources that named this line name `kept` from now on,
        so that none of them brings it again.
        """
        self.ensure_one()
        self._bridge_check_deletion(kept)
        self.check_access("unlink")
        kept.check_access("write")
        gone, kept = self.sudo().with_company(self.company_id), kept.sudo().with_company(self.company_id)
        journal, index, statement = gone.journal_id, gone.internal_index, gone.statement_id
        kept._bridge_learn_from(gone)
        kept._bridge_answer_for(gone)
        gone.statement_id = False
        left = statement | kept._bridge_take_place_of(gone, statement)
        import_id = gone.unique_import_id if "unique_import_id" in gone._fields else None
        label = gone.payment_ref
        gone.unlink()
        if import_id and not kept.unique_import_id:
            kept.unique_import_id = import_id
        left._bridge_lost_lines(kept.statement_id)
        self.env["account.bank.statement"].sudo()._bridge_reckon_from(journal, min(index, kept.internal_index))
        kept.move_id._message_log(body=self.env._("The duplicate “%s” of this transaction was deleted.", label))

    def _bridge_check_deletion(self, kept):
        if not self.env.user.has_group(GROUP_TIDY):
            raise AccessError(self.env._("Only an accountant can delete duplicates."))
        if not self.exists() or not kept.exists() or self == kept:
            raise UserError(self.env._("One of the two is not there any more."))
        alike = self.journal_id == kept.journal_id and not self.currency_id.compare_amounts(self.amount, kept.amount)
        if (
            not alike
            or self.foreign_currency_id
            and self.foreign_currency_id != (kept.foreign_currency_id or self.foreign_currency_id)
        ):
            raise UserError(self.env._("The two have different amounts: they are no duplicates."))
        if "cancel" in (self.state, kept.state):
            raise UserError(self.env._("One of the two is cancelled."))
        _liquidity, _suspense, others = self._seek_for_lines()
        if self.is_reconciled or others:
            raise UserError(
                self.env._(
                    "“%s” is reconciled. Undo its reconciliation first, or delete the other one.", self.payment_ref
                )
            )
        imports = self.env["bank.bridge.import"].sudo()
        locked = imports._locked(self.journal_id, [fields.Date.to_string(self.date)])
        if locked:
            raise UserError(
                self.env._(
                    "“%(label)s” is of %(date)s, and the books are closed up to %(locked)s (BB-4106).",
                    label=self.payment_ref,
                    date=format_date(self.env, self.date),
                    locked=format_date(self.env, locked["locked_until"]),
                )
            )

    def _bridge_learn_from(self, gone):
        """Keep what only the other one knows, as far as it does not touch the books."""
        known = {name: gone[name] for name in ("partner_name", "account_number") if gone[name] and not self[name]}
        if known:
            self.write(known)

    def _bridge_answer_for(self, gone):
        """Identities, entries in parts, held lines and what was said of pairs: all mean this line from now on."""
        self.env["bank.bridge.pair"]._hand_over(gone, self)
        for model, names in (
            ("bank.bridge.identity", ["line_id"]),
            ("bank.bridge.whole", ["line_id"]),
            ("bank.bridge.held", ["line_id", "chosen_id"]),
        ):
            self.env[model].flush_model(names)
        candidates = self.env["bank.bridge.held"]._fields["candidate_ids"]
        given = {
            "gone": gone.id,
            "kept": self.id,
            "relation": SQL.identifier(candidates.relation),
            "held": SQL.identifier(candidates.column1),
            "line": SQL.identifier(candidates.column2),
        }
        for text in (
            "UPDATE bank_bridge_identity SET line_id = %(kept)s, alias = TRUE WHERE line_id = %(gone)s",
            """
            UPDATE bank_bridge_whole AS whole SET line_id = %(kept)s
             WHERE line_id = %(gone)s AND NOT EXISTS (
                   SELECT FROM bank_bridge_whole known
                    WHERE known.journal_id = whole.journal_id AND known.identity = whole.identity
                      AND known.line_id = %(kept)s)
            """,
            "UPDATE bank_bridge_held SET line_id = %(kept)s WHERE line_id = %(gone)s",
            "UPDATE bank_bridge_held SET chosen_id = %(kept)s WHERE chosen_id = %(gone)s",
            """
            INSERT INTO %(relation)s (%(held)s, %(line)s)
                 SELECT %(held)s, %(kept)s FROM %(relation)s WHERE %(line)s = %(gone)s ON CONFLICT DO NOTHING
            """,
        ):
            self.env.cr.execute(SQL(text, **given))
        for model in ("bank.bridge.identity", "bank.bridge.whole", "bank.bridge.held"):
            self.env[model].invalidate_model()

    def _bridge_take_place_of(self, gone, statement):
        """Stand in the bank's statement for the line that leaves it, unless another one of the bank has this line.

        Returns the statement that this line left.
        """
        left = self.statement_id
        days = set(statement.line_ids.mapped("date")) | {gone.date}
        free = not left or left.bridge_reckoned
        if not statement or statement.bridge_reckoned or not free or not min(days) <= self.date <= max(days):
            return left.browse()
        if self.date == gone.date:
            self.sequence = gone.sequence
        self.statement_id = statement
        return left


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    def _bridge_lost_lines(self, instead):
        """Statements that lost a line: those without any go, unless somebody attached a file to them."""
        empty = self.filtered(lambda statement: not statement.line_ids)
        imports = self.env["bank.bridge.import"].search([("statement_ids", "in", empty.ids)])
        own = empty.attachment_ids.filtered(lambda file: file.res_model == self._name)
        if instead:
            imports.statement_ids |= instead
        empty.filtered(lambda statement: not statement.attachment_ids & own).unlink()
