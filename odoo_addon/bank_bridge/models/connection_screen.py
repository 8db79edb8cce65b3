"""What the form of a connection says beside its fields: a run at work, a consent that ends, a database that is a copy;
and where it leads: transactions, held lines, runs."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.misc import format_date

from .bank_bridge_connection import GROUP_READ

NOTICE = timedelta(days=30)


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    is_copy = fields.Boolean(
        string="Database Is a Copy",
        compute="_compute_is_copy",
        help="The database is a copy in which nothing goes out.",
    )
    busy = fields.Boolean(compute="_compute_busy", help="A run is at work.")
    consent_text = fields.Char(string="Consent", compute="_compute_consent")
    consent_ended = fields.Boolean(compute="_compute_consent")
    count_transactions = fields.Integer(string="Transactions", compute="_compute_counts")
    count_held = fields.Integer(string="Held Lines", compute="_compute_counts")
    count_runs = fields.Integer(string="Runs", compute="_compute_counts")

    def _compute_is_copy(self):
        self.is_copy = bool(self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"))

    @api.depends("lease_run", "lease_until")
    def _compute_busy(self):
        now = fields.Datetime.now()
        for connection in self:
            connection.busy = connection._is_leased(now)

    @api.depends("consent_until", "state")
    @api.depends_context("lang", "tz")
    def _compute_consent(self):
        now = fields.Datetime.now()
        for connection in self:
            notice = connection._consent_notice(now) or {}
            connection.consent_text = notice.get("text")
            connection.consent_ended = notice.get("colour") == "danger"

    def _consent_notice(self, now):
        """{"text", "colour"} of a consent that ends soon or has ended, else None."""
        until = self.consent_until
        if not until or self.state == "not_connected" or until > now + NOTICE:
            return None
        day = format_date(self.env, fields.Datetime.context_timestamp(self, until).date())
        if until <= now:
            return {"text": self.env._("Consent ended on %s", day), "colour": "danger"}
        return {"text": self.env._("Consent ends on %s", day), "colour": "warning"}

    @api.depends("account_ids.journal_id", "import_ids")
    def _compute_counts(self):
        journals = self.account_ids.journal_id
        lines = dict(
            self.env["account.bank.statement.line"]._read_group(
                [("journal_id", "in", journals.ids)], ["journal_id"], ["__count"]
            )
        )
        held = dict(
            self.env["bank.bridge.held"]._read_group(
                [("journal_id", "in", journals.ids), ("state", "=", "open")], ["journal_id"], ["__count"]
            )
        )
        runs = dict(
            self.env["bank.bridge.import"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            own = connection.account_ids.journal_id
            connection.count_transactions = sum(lines.get(journal, 0) for journal in own)
            connection.count_held = sum(held.get(journal, 0) for journal in own)
            connection.count_runs = runs.get(connection._origin, 0)

    # The buttons at the top

    def action_open_transactions(self):
        action = self._opened("account.bank.statement.line", self.env._("Transactions"), self._of_journals())
        shown = self.env.ref("bank_bridge.statement_line_list", raise_if_not_found=False)
        found = self.env.ref("bank_bridge.statement_line_search", raise_if_not_found=False)
        if shown and found:
            action.update(views=[(shown.id, "list")], search_view_id=[found.id, "search"])
        return action

    def action_open_held(self):
        domain = [*self._of_journals(), ("state", "=", "open")]
        return self._opened("bank.bridge.held", self.env._("Held Lines"), domain)

    def action_open_runs(self):
        domain = [("connection_id", "=", self.id)]
        return self._opened("bank.bridge.import", self.env._("Runs"), domain)

    def _of_journals(self):
        return [("journal_id", "in", self.account_ids.journal_id.ids)]

    def _opened(self, model, name, domain):
        self.ensure_one()
        if not any(self.env.user.has_group(group) for group in GROUP_READ):
            raise AccessError(self.env._("You may not do this with an online connection."))
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": domain,
            "context": {"create": False},
        }
