"""The accounts that the bank shows, each with the journal it goes to and the day to begin with."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..models.bank_bridge_account import START_DAYS
from ..models.import_online import LONG_AGO
from ..models.recognition import account_key


class BankBridgeSetupAccount(models.TransientModel):
    _name = "bank.bridge.setup.account"
    _description = "Bank Bridge: an account and its journal"
    _order = "id"
    _transient_max_hours = 12

    setup_id = fields.Many2one("bank.bridge.setup", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="setup_id.company_id")
    account_id = fields.Many2one(
        "bank.bridge.account", string="Online Account", required=True, readonly=True, ondelete="cascade"
    )
    reference = fields.Char(string="Account", related="account_id.reference", related_sudo=False)
    name = fields.Char(related="account_id.name", related_sudo=False)
    currency_id = fields.Many2one(related="account_id.currency_id", related_sudo=False)
    balance = fields.Monetary(related="account_id.balance", related_sudo=False)
    choice = fields.Selection(
        [("existing", "Existing Journal"), ("new", "New Journal"), ("later", "Not Now")],
        string="Goes To",
        required=True,
        default="new",
    )
    journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
        ondelete="set null",
    )
    journal_name = fields.Char(string="Name of the Journal")
    start_date = fields.Date(string="Read From")
    note = fields.Char(compute="_compute_note", compute_sudo=False)

    @api.depends("choice", "journal_id", "start_date")
    def _compute_note(self):
        for line in self:
            notes = []
            twin = line._read_elsewhere()
            if twin:
                notes.append(self.env._("Comes in by %s already.", twin.connection_id.name))
            if line.choice != "later":
                closed, last = line._closed_until(), line._last_line()
                if closed and line.start_date and line.start_date <= closed + timedelta(days=1):
                    notes.append(self.env._("Books closed up to %s.", format_date(self.env, closed)))
                if last:
                    notes.append(self.env._("Last line on %s.", format_date(self.env, last)))
                other = line._other_number()
                if other:
                    notes.append(self.env._("Another account: %s.", other))
            line.note = " ".join(notes)

    @api.onchange("choice", "journal_id")
    def _onchange_journal(self):
        if self.choice != "existing":
            self.journal_id = False
        self.start_date = self._proposed_start()

    @api.onchange("start_date")
    def _onchange_start(self):
        self.start_date = self._open_day(self.start_date)

    # Proposals

    @api.model
    def _fill(self, setup):
        """A line for each account that is not there yet, with what is most likely meant."""
        accounts = setup.connection_id.with_context(active_test=False).account_ids
        accounts = accounts.filtered(lambda account: not account._is_gone())
        accounts -= setup.account_ids.account_id
        taken = setup.account_ids.journal_id | accounts.journal_id
        for account in accounts:
            journal = account.journal_id or self._likely_journal(setup, account, taken, len(accounts) == 1)
            taken |= journal
            line = self.create(
                {
                    "setup_id": setup.id,
                    "account_id": account.id,
                    "choice": "existing" if journal else "new",
                    "journal_id": journal.id,
                    "journal_name": " ".join(filter(None, [setup.connection_id.name, account.name]))[:64],
                }
            )
            if line._read_elsewhere() or not account.active:
                line.choice = "later"
            line.start_date = line._proposed_start()

    def _read_elsewhere(self):
        """The same account by another connection that works."""
        key = account_key(self.account_id.reference)
        others = self.env["bank.bridge.account"].search(
            [
                ("company_id", "=", self.account_id.company_id.id),
                ("connection_id", "!=", self.account_id.connection_id.id),
                ("connection_id.state", "=", "connected"),
                ("journal_id", "!=", False),
            ]
        )
        return others.filtered(lambda other: key and account_key(other.reference) == key and not other._is_gone())[:1]

    def _likely_journal(self, setup, account, taken, only_one):
        """The journal from whose card the wizard was opened; else a bank journal that nobody uses yet."""
        fitting = lambda journal: (  # noqa: E731
            journal not in taken
            and journal.type in ("bank", "credit")
            and (not account.currency_id or account._currency_of(journal) == account.currency_id)
        )
        wanted, key = setup.journal_id, account_key(account.reference)
        if wanted and fitting(wanted):
            number = account_key(wanted.bank_account_id.sanitized_acc_number)
            if number == key if number else only_one:
                return wanted
        unused = self.env["account.journal"].search(
            [("company_id", "=", setup.company_id.id), ("type", "=", "bank"), ("bank_account_id", "=", False)]
        )
        in_use = self.env["account.move"].sudo()._read_group([("journal_id", "in", unused.ids)], ["journal_id"])
        linked = self.env["bank.bridge.account"].sudo().search([("journal_id", "in", unused.ids)])
        unused -= self.env["account.journal"].union(*(journal for (journal,) in in_use)) | linked.journal_id
        return unused.filtered(fitting)[:1]

    def _proposed_start(self):
        today = fields.Date.context_today(self)
        last = self._last_line()
        start = min(last + timedelta(days=1), today) if last else today - timedelta(days=START_DAYS)
        return self._open_day(start)

    def _open_day(self, day):
        """That day, or the first one after it on which Odoo would book."""
        closed = self._closed_until()
        return max(day, closed + timedelta(days=1)) if day and closed else day

    def _closed_until(self):
        company = self.setup_id.company_id or self.account_id.company_id
        violated = company._get_violated_lock_dates(LONG_AGO, False, self.journal_id)
        return violated[-1][0] if violated else None

    def _last_line(self):
        if self.choice != "existing" or not self.journal_id:
            return None
        domain = [("journal_id", "=", self.journal_id.id), ("state", "!=", "cancel")]
        return self.env["account.bank.statement.line"].search(domain, order="date desc", limit=1).date or None

    def _other_number(self):
        number = self.journal_id.bank_account_id.acc_number
        same = account_key(number) == account_key(self.account_id.reference)
        return number if self.choice == "existing" and number and not same else None

    # As chosen

    def _check_choices(self, connection):
        if self.account_id - connection.with_context(active_test=False).account_ids:
            raise AccessError(self.env._("You may not do this with an online connection."))
        existing = self.filtered(lambda line: line.choice == "existing")
        for line in existing:
            if not line.journal_id:
                raise UserError(self.env._("Choose a journal for %s, or another way.", line.account_id._label()))
        if len(existing.journal_id) < len(existing):
            raise UserError(self.env._("Two accounts cannot go to one journal."))

    def _apply(self):
        account = self.account_id
        if self.choice == "later":
            # Not in use: or the next run would choose its journal.
            account.write({"journal_id": False, "active": False})
            return
        start = self._open_day(self.start_date) or self._proposed_start()
        journal = self.journal_id if self.choice == "existing" else self._make_journal()
        if account.reference and not journal.bank_account_id and journal.type == "bank":
            # The number is the bank's word, not the user's.
            journal.sudo().set_bank_account(account.reference)
        account.write({"journal_id": journal.id, "start_date": start, "active": True})

    def _make_journal(self):
        company, currency = self.setup_id.company_id, self.account_id.currency_id
        return (
            self.env["account.journal"]
            .with_company(company)
            .create(
                {
                    "name": self.journal_name or self.account_id._label(),
                    "type": "bank",
                    "company_id": company.id,
                    "currency_id": currency.id if currency != company.currency_id else False,
                }
            )
        )
