"""From a journal's card to its statements: Odoo Community lists them without a form; ours has one.

Where another module brings a form of statements of its own, as Enterprise does, its views stay.
"""

from odoo import Command, models
from odoo.exceptions import AccessError

from .line_merge import GROUP_TIDY


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def open_action(self):
        return self._bridge_statement_views(super().open_action())

    def open_action_with_context(self):
        return self._bridge_statement_views(super().open_action_with_context())

    def open_invalid_statements_action(self):
        action = self._bridge_statement_views(super().open_invalid_statements_action())
        if self._bridge_shows_statements():
            action["context"] = {"search_default_journal_id": self.id, "search_default_invalid": True}
        return action

    def create_bank_statement(self):
        action = super().create_bank_statement()
        if self._bridge_shows_statements():
            action["views"] = [(self.env.ref("bank_bridge.statement_form").id, "form")]
        return action

    def action_bridge_duplicates(self):
        return self._bridge_tidy("bank_bridge.action_duplicates")

    def action_bridge_missing(self):
        return self._bridge_tidy("bank_bridge.action_missing")

    def _bridge_tidy(self, name):
        self.ensure_one()
        if not self.env.user.has_group(GROUP_TIDY):
            raise AccessError(self.env._("Only an accountant can delete duplicates."))
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(name)
        return {**action, "target": "current", "context": {"default_journal_ids": [Command.set(self.ids)]}}

    def _bridge_shows_statements(self):
        form = self.env.ref("bank_bridge.statement_form", raise_if_not_found=False)
        return bool(form) and self.env["ir.ui.view"].sudo().default_view("account.bank.statement", "form") == form.id

    def _bridge_statement_views(self, action):
        if not action or action.get("res_model") != "account.bank.statement" or not self._bridge_shows_statements():
            return action
        ours = {
            "list": self.env.ref("bank_bridge.statement_list").id,
            "form": self.env.ref("bank_bridge.statement_form").id,
        }
        views = [(ours.get(kind, view), kind) for view, kind in action.get("views", []) if kind != "form"]
        search = self.env.ref("bank_bridge.statement_search").sudo()
        return {
            **action,
            "views": [*views, (ours["form"], "form")],
            "view_mode": ",".join([*(kind for _view, kind in views), "form"]),
            "search_view_id": (search.id, search.name),
        }
