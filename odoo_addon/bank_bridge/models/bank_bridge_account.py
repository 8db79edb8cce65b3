"""An account that a provider shows, and the journal that its transactions go to."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from .recognition import ONLINE, account_key

START_DAYS = 90
GONE = "BB-2207"


class BankBridgeAccount(models.Model):
    _name = "bank.bridge.account"
    _description = "Bank Bridge: account of an online connection"
    _order = "connection_id, reference, id"
    _rec_name = "reference"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "bank.bridge.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    external_id = fields.Char(required=True, readonly=True, help="The provider's name of the account.")
    reference = fields.Char(string="Account", readonly=True, help="IBAN or number.")
    name = fields.Char(readonly=True)
    holder = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
        ondelete="set null",
        index="btree_not_null",
    )
    start_date = fields.Date(
        string="Read From",
        required=True,
        default=lambda self: fields.Date.context_today(self) - timedelta(days=START_DAYS),
        help="Transactions before this day are left to the books.",
    )
    complete_until = fields.Date(readonly=True, help="Up to this day everything is in Odoo.")
    last_sync = fields.Datetime(string="Last Synchronisation", readonly=True)
    balance = fields.Monetary(readonly=True)
    balance_date = fields.Date(readonly=True)
    fresh_as_of = fields.Datetime(string="Fetched at the Bank", readonly=True)
    code = fields.Char(readonly=True)
    message = fields.Char(readonly=True)
    active = fields.Boolean(default=True)
    epoch = fields.Integer(
        readonly=True, required=True, default=1, help="Rises whenever the provider may name lines anew."
    )
    epoch_run = fields.Char(readonly=True, help="The run in which that was last so.")
    source = fields.Char(compute="_compute_source", help="What the lines of this account are known by.")

    _connection_external = models.UniqueIndex("(connection_id, external_id)")

    @api.depends("connection_id.provider", "epoch")
    def _compute_source(self):
        for account in self:
            account.source = f"{ONLINE}.{account.connection_id.provider}.{account.id}.{account.epoch}"

    @api.constrains("journal_id", "currency_id")
    def _check_journal(self):
        for account in self:
            journal = account.journal_id
            if journal and account.currency_id and account._currency_of(journal) != account.currency_id:
                raise ValidationError(
                    self.env._(
                        "The account %(account)s is in %(currency)s, the journal %(journal)s is not.",
                        account=account.reference or account.name,
                        currency=account.currency_id.name,
                        journal=journal.code,
                    )
                )

    def write(self, vals):
        # An accountant chooses; all else is the provider's.
        if not self.env.su and set(vals) - {"journal_id", "start_date", "active"}:
            raise AccessError(self.env._("Only the journal and the first day can be chosen on an account."))
        first = fields.Date.to_date(vals.get("start_date"))
        if first:
            # What lies before has never been read: the next run begins there.
            self.filtered(lambda account: first < account.start_date).sudo().complete_until = False
        return super().write(vals)

    def _currency_of(self, journal):
        return journal.currency_id or journal.company_id.currency_id

    def _label(self):
        return self.reference or self.name or self.external_id

    def _is_gone(self):
        return self.code == GONE

    # Taken over from the provider

    @api.model
    def _take(self, connection, shown, run, relinked):
        """Bring the accounts of a connection in line with what the provider shows. Repeating it in one run changes
        nothing. Returns those that are shown."""
        ours = self.with_context(active_test=False).search([("connection_id", "=", connection.id)])
        by_id = {account.external_id: account for account in ours}
        missing = ours.filtered(lambda account: account.external_id not in {one["id"] for one in shown})
        result = self.browse()
        for one in shown:
            values = self._values(connection, one)
            account = by_id.get(one["id"])
            known = bool(account)
            if not account:
                account = missing._linked_again(values)
                missing -= account
                values["external_id"] = one["id"]
            if not account:
                account = self.create({"connection_id": connection.id, "epoch_run": run, **values})
            else:
                if (relinked or not known) and account.epoch_run != run:
                    values.update(epoch=account.epoch + 1, epoch_run=run)
                account.write(values)
            by_id[one["id"]] = account
            result |= account
        for account in missing.filtered("active"):
            arguments = {"provider": connection._provider_title(), "account": account._label()}
            account.write({"code": GONE, "message": connection._in_language()._words(GONE, arguments)})
        result.filtered("active")._find_journals()
        return result

    def _values(self, connection, one):
        currency = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", one.get("currency"))], limit=1)
        )
        values = {
            "reference": one.get("reference"),
            "name": one.get("name"),
            "holder": one.get("holder"),
            "currency_id": currency.id,
            "code": one.get("code"),
            "message": one.get("code")
            and connection._in_language()._words(one["code"], one.get("args"), one.get("message")),
        }
        balance = one.get("balance")
        if balance:
            values.update(balance=float(balance["amount"]), balance_date=balance.get("date"))
        if one.get("fresh_as_of"):
            values["fresh_as_of"] = connection._moment(one["fresh_as_of"])
        return values

    def _linked_again(self, values):
        """Which of these, that the provider shows no more, is this account under its old name?"""
        key = account_key(values["reference"])
        if not key:
            return self.browse()
        return self.filtered(
            lambda account: account_key(account.reference) == key and account.currency_id.id == values["currency_id"]
        ).sorted(lambda account: (account.active, bool(account.journal_id), account.id))[-1:]

    def _find_journals(self):
        """Choose the journal of an account where only one can be meant."""
        for account in self.filtered(lambda account: not account.journal_id):
            key = account_key(account.reference)
            twins = self.filtered(
                lambda other, key=key, currency=account.currency_id: (
                    account_key(other.reference) == key and other.currency_id == currency
                )
            )
            if not key or len(twins) > 1:
                continue
            journals = self.env["account.journal"].search(
                Domain("company_id", "=", account.company_id.id)
                & Domain("type", "in", ("bank", "cash", "credit"))
                & Domain("bank_account_id", "!=", False)
            )
            found = journals.filtered(
                lambda journal, key=key: account_key(journal.bank_account_id.sanitized_acc_number) == key
            )
            fitting = found.filtered(
                lambda journal, account=account: (
                    not account.currency_id or account._currency_of(journal) == account.currency_id
                )
            )
            if len(fitting) == 1:
                account.journal_id = fitting

    # Given to the bridge

    def _as_json(self):
        imports = self.env["bank.bridge.import"]
        journal = self.journal_id
        return {
            "id": self.external_id,
            "reference": self.reference or None,
            "currency": self.currency_id.name or None,
            "source": self.source,
            "from": fields.Date.to_string(self.start_date),
            "complete_until": fields.Date.to_string(self.complete_until) if self.complete_until else None,
            "locked_until": imports._closed_until(journal) if journal else None,
            "journal": imports._journal_json(journal) if journal else None,
        }

    def _is_complete(self, until):
        """It was read to its end; a day that is complete stays so."""
        values = {"last_sync": fields.Datetime.now(), "code": False, "message": False}
        until = fields.Date.to_date(until) if until else None
        if until and (not self.complete_until or until > self.complete_until):
            values["complete_until"] = until
        self.write(values)
