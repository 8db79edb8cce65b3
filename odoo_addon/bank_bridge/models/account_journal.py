"""What the card of a bank journal on the dashboard tells of its online connection, and its buttons."""

from datetime import timedelta

from babel.dates import format_timedelta
from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import babel_locale_parse, format_date, format_datetime

from .bank_bridge_connection import GROUP_CONNECT, GROUP_READ, GROUP_SYNCHRONISE

COLOURS = {"connected": "success", "waiting": "warning", "error": "danger"}


class AccountJournal(models.Model):
    _inherit = "account.journal"

    def _fill_bank_cash_dashboard_data(self, dashboard_data):
        result = super()._fill_bank_cash_dashboard_data(dashboard_data)
        self._fill_bank_bridge(dashboard_data)
        return result

    def _fill_bank_bridge(self, dashboard_data):
        """`bank_bridge` of each bank journal: its buttons and what its connection says; nothing for who may not read
        connections, nor for journals of companies that are not selected."""
        if not self._may(*GROUP_READ):
            return
        manager, accountant = self._may(GROUP_CONNECT), self._may(GROUP_SYNCHRONISE)
        journals = self.filtered(
            lambda journal: journal.type in ("bank", "credit") and journal.company_id in self.env.companies
        )
        linked = journals._bank_bridge_accounts()
        for journal in journals:
            account = linked.get(journal)
            dashboard_data[journal.id]["bank_bridge"] = {
                "can_connect": manager and not account,
                "can_import": accountant,
                "online": account and account._on_card(),
            }

    def _may(self, *groups):
        return any(self.env.user.has_group(group) for group in groups)

    def _bank_bridge_accounts(self):
        """{journal: the online account that its transactions come from}. Of several, one that works, then the one
        that was read last."""
        accounts = self.env["bank.bridge.account"].search([("journal_id", "in", self.ids)])
        never = fields.Datetime.to_datetime("1970-01-01")
        return {
            account.journal_id: account
            for account in accounts.sorted(
                lambda account: (
                    account.connection_id.state != "not_connected",
                    not account._is_gone(),
                    account.last_sync or never,
                    account.id,
                )
            )
        }

    # The card's buttons

    def action_bridge_connect_bank(self):
        """Connect a bank, whose transactions go to this journal."""
        self.ensure_one()
        self._check_bridge_button(GROUP_CONNECT)
        action = self.env["ir.actions.actions"]._for_xml_id("bank_bridge.action_setup")
        return {**action, "context": {"default_journal_id": self.id, "default_company_id": self.company_id.id}}

    def action_bridge_sync(self):
        return self._bridge_connection(GROUP_SYNCHRONISE).action_sync()

    def action_bridge_open_connection(self):
        connection = self._bridge_connection(*GROUP_READ)
        return {
            "type": "ir.actions.act_window",
            "res_model": "bank.bridge.connection",
            "res_id": connection.id,
            "views": [(False, "form")],
        }

    def _bridge_connection(self, *groups):
        self.ensure_one()
        self._check_bridge_button(*groups)
        account = self._bank_bridge_accounts().get(self)
        if not account:
            raise UserError(self.env._("No bank is connected to this journal."))
        return account.connection_id

    def _check_bridge_button(self, *groups):
        if not self._may(*groups):
            raise AccessError(self.env._("You may not do this with an online connection."))
        self.check_access("read")


class BankBridgeAccount(models.Model):
    _inherit = "bank.bridge.account"

    def _on_card(self):
        """What the card shows of this account, as it is written there."""
        connection = self.connection_id
        now = fields.Datetime.now()
        last = self.last_sync or connection.last_sync
        planned = connection.automatic and connection.state in ("connected", "error") and connection.next_sync
        currency = self.currency_id or self._currency_of(self.journal_id)
        states = dict(connection._fields["state"]._description_selection(self.env))
        code = connection.state == "error" and (self.code or connection.code)
        return {
            "name": connection.name,
            "sandbox": connection.sandbox,
            "state": connection.state,
            "state_text": states[connection.state],
            "state_colour": COLOURS.get(connection.state, "secondary"),
            "code": code or "",
            "message": (self.message if self.code else connection.sentence) if code else "",
            "can_sync": connection.state in ("connected", "error") and self.journal_id._may(GROUP_SYNCHRONISE),
            "balance": currency.format(self.balance) if self.balance_date else "",
            "balance_date": format_date(self.env, self.balance_date) if self.balance_date else "",
            "last": self._ago(last, now) if last else "",
            "last_exact": format_datetime(self.env, last) if last else "",
            "next": self._ago(max(planned, now + timedelta(minutes=1)), now) if planned else "",
            "next_exact": format_datetime(self.env, planned) if planned else "",
            "consent": connection._consent_notice(now),
        }

    def _ago(self, moment, now):
        locale = babel_locale_parse(self.env.lang)
        return format_timedelta(moment - now, granularity="minute", add_direction=True, locale=locale)
