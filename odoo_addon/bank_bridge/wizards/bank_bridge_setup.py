"""Add a bank account: the bank, the provider, the contact, the consent, and a journal for each account."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.bank_bridge_connection import BY_CREDENTIALS, GROUP_CONNECT
from ..models.bank_bridge_registration import BridgeFailure
from ..models.connection_setup import WAITS_FOR

STEPS = [
    ("bank", "Bank"),
    ("provider", "Provider"),
    ("contact", "Contact"),
    ("connect", "Connect"),
    ("accounts", "Accounts"),
    ("done", "Done"),
]


class BankBridgeSetup(models.TransientModel):
    _name = "bank.bridge.setup"
    _description = "Bank Bridge: add a bank account"
    _inherit = ["bank.bridge.contact.steps", "bank.bridge.credentials.steps"]
    _rec_name = "title"
    _check_company_auto = True
    _transient_max_hours = 12

    state = fields.Selection(STEPS, required=True, readonly=True, default="bank")
    title = fields.Char(compute="_compute_title")
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    country_id = fields.Many2one("res.country", compute="_compute_country", store=True, readonly=False)
    country_code = fields.Char(related="country_id.code", help="Two capitals.")
    institution_id = fields.Many2one(
        "bank.bridge.institution",
        string="Bank",
        domain="[('country_code', '=', country_code)]",
        ondelete="set null",
    )
    logo = fields.Char(related="institution_id.logo")
    initials = fields.Char(related="institution_id.initials")
    journal_id = fields.Many2one(
        "account.journal", readonly=True, check_company=True, help="From whose card the wizard was opened."
    )
    choice_ids = fields.One2many("bank.bridge.setup.choice", "setup_id", string="Providers")
    provider = fields.Char(readonly=True)
    by_credentials = fields.Boolean(compute="_compute_by_credentials")
    site = fields.Char(string="Provider's Site", readonly=True)
    account_ids = fields.One2many("bank.bridge.setup.account", "setup_id", string="Accounts")
    # Of the connection, as its own rights show it.
    sandbox = fields.Boolean(compute="_compute_of_connection", compute_sudo=False)
    failure = fields.Char(compute="_compute_of_connection", compute_sudo=False)
    support_line = fields.Char(compute="_compute_of_connection", compute_sudo=False)
    is_waiting = fields.Boolean(compute="_compute_of_connection", compute_sudo=False)

    @api.depends("company_id")
    def _compute_country(self):
        for setup in self:
            setup.country_id = setup.company_id.country_id

    @api.depends("institution_id", "connection_id")
    def _compute_title(self):
        for setup in self:
            setup.title = setup.institution_id.name or self.env._("Add a Bank Account")

    @api.depends("provider")
    def _compute_by_credentials(self):
        for setup in self:
            setup.by_credentials = setup.provider in BY_CREDENTIALS

    @api.depends("connection_id", "state", "choice_ids.sandbox")
    @api.depends_context("lang")
    def _compute_of_connection(self):
        for setup in self:
            connection = setup.connection_id
            # What is mended by connecting needs no other step here.
            again = (connection.code or "").startswith(("BB-2006", "BB-22"))
            told = [connection.sentence or connection.message, not again and connection.next_step]
            setup.sandbox = connection.sandbox or any(setup.choice_ids.mapped("sandbox"))
            setup.failure = " ".join(filter(None, told)) if connection.state == "error" else False
            setup.support_line = connection.support_line if connection.state == "error" else False
            setup.is_waiting = connection.state == "waiting"

    @api.onchange("country_id")
    def _onchange_country(self):
        """The list of banks, from today's copy or from the bridge."""
        self._check_rights()
        if self.institution_id.country_code != self.country_id.code:
            self.institution_id = False
        failure = self.env["bank.bridge.institution"]._refresh(self.country_id.code) if self.country_id else None
        self.problem = self._words(failure) if failure else False

    # The steps

    def action_choose_bank(self):
        self._check_mine()
        if not self.institution_id:
            raise UserError(self.env._("Choose your bank first."))
        ways = self.institution_id.ways or {}
        try:
            profiles = self.env["bank.bridge.registration"]._providers()
        except BridgeFailure as failure:
            self.problem = self._words(failure)
            return
        choices = [self.choice_ids._values(profile) for profile in profiles if profile["id"] in ways]
        if not choices:
            raise UserError(self.env._("No provider of this bridge reaches this bank any more. Choose another one."))
        self.write(
            {
                "problem": False,
                "state": "provider",
                "choice_ids": [Command.clear(), *(Command.create(values) for values in choices)],
            }
        )

    def action_not_listed(self):
        """The bank's files can be imported all the same."""
        self._check_mine()
        return self.env["ir.actions.actions"]._for_xml_id("bank_bridge.action_upload")

    def _choose(self, choice):
        """The connection is made here: whatever is left half done goes on from its form."""
        self._check_mine()
        way = (self.institution_id.ways or {}).get(choice.provider)
        if not way:
            raise UserError(self.env._("No provider of this bridge reaches this bank any more. Choose another one."))
        values = {
            "provider": choice.provider,
            "institution_id": way["id"],
            "institution_name": way["name"],
            "country_code": way["country"] or self.country_code,
        }
        connection = self.connection_id or self._left_over(values)
        if connection:
            connection._pressed(GROUP_CONNECT)
            if connection.provider != choice.provider or connection.institution_id != way["id"]:
                connection.write({**values, "name": way["name"]})
        else:
            connection = connection.create({"company_id": self.company_id.id, **values})
        connection.sudo().setup_until = fields.Datetime.now() + WAITS_FOR
        self.write({"connection_id": connection.id, "provider": choice.provider, "site": choice.site, "run": False})
        self._ask_contact_or_connect()

    def _left_over(self, values):
        """What an earlier wizard of this user left for the same bank."""
        same = [(name, "=", values[name]) for name in ("provider", "institution_id")]
        mine = [("company_id", "=", self.company_id.id), ("create_uid", "=", self.env.uid), ("last_sync", "=", False)]
        return self.env["bank.bridge.connection"].search([*same, *mine, ("state", "=", "not_connected")], limit=1)

    def _ask_contact_or_connect(self):
        confirmed = self.connection_id._is_confirmed()
        self.write({"state": "connect" if confirmed else "contact", "problem": False, "sent_to": False})

    def action_send(self):
        self._send_code()

    def action_change(self):
        self._check_mine()
        self.write({"sent_to": False, "problem": False})

    def action_confirm(self):
        """By now saving has tried the code. Who is sent to the bank's page goes there at once."""
        connection = self._connection()
        if not connection._is_confirmed():
            if not self.problem:
                raise UserError(self.env._("Enter the code that was sent to %s.", self.sent_to or self.contact))
            return None
        self._ask_contact_or_connect()
        return None if self.by_credentials else self.action_connect()

    def action_connect(self):
        """To the bank's page; or by now saving has handed over client id and secret."""
        connection = self._connection(busy=True)
        if self.by_credentials:
            return self._handed_over()
        if not connection._is_confirmed():
            return self._ask_contact_or_connect()
        return self.connection_id.action_connect()

    def action_back(self):
        self._check_mine()
        before = {"provider": "bank", "contact": "provider", "connect": "provider"}
        self.write({"state": before.get(self.state, self.state), "problem": False, "sent_to": False})

    def action_refresh(self):
        """Is the bank's word there by now?"""
        self._connection(busy=True)
        self._arrive()

    def _arrive(self):
        """Back from the bank, or from the connection's form: at the step that is next."""
        connection = self.connection_id
        if connection.state == "connected":
            self.env["bank.bridge.setup.account"]._fill(self)
            self.write({"state": "accounts", "problem": False})
        elif not connection._is_confirmed():
            self.write({"state": "contact", "problem": False, "sent_to": False})
        else:
            self.write({"state": "connect", "problem": False})

    def action_finish(self):
        """Journals and first days as chosen; the first synchronisation begins."""
        connection = self._connection()
        self.account_ids._check_choices(connection)
        for line in self.account_ids:
            line._apply()
        self.state = "done"
        connection.setup_until = False
        if connection.account_ids.filtered("active").journal_id:
            begun = self.connection_id.action_sync()
            if begun["type"] == "ir.actions.act_window":
                return begun
        return {
            "type": "ir.actions.act_window",
            "res_model": "bank.bridge.connection",
            "res_id": connection.id,
            "view_mode": "form",
            "views": [[False, "form"]],
            "target": "main",
        }

    # What they share

    @api.model
    def _of_connection(self, connection):
        """A new wizard for a connection that was made before."""
        country = self.env["res.country"].search([("code", "=", connection.country_code)], limit=1)
        country = country or connection.company_id.country_id
        profile = self._profile(connection.provider)
        return self.create(
            {
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "country_id": country.id,
                "provider": connection.provider,
                "site": profile.get("site"),
                "institution_id": self.env["bank.bridge.institution"]
                .search([("name", "=", connection.institution_name)], limit=1)
                .id,
                "client_id": connection.client_id,
            }
        )

    def _profile(self, provider):
        try:
            profiles = self.env["bank.bridge.registration"]._providers()
        except BridgeFailure:
            return {}
        return next((profile for profile in profiles if profile["id"] == provider), {})

    def _shown(self):
        action = self.env["ir.actions.actions"]._for_xml_id("bank_bridge.action_setup")
        return {**action, "res_id": self.id}

    def _check_rights(self):
        self.browse().check_access("create")

    def _words(self, failure):
        """What to tell of a call to the bridge that failed."""
        connection = self.env["bank.bridge.connection"]
        sentence = connection._words_of_call(failure)
        return " ".join(filter(None, [sentence, connection._step(failure.code), f"({failure.code})"]))


class BankBridgeSetupChoice(models.TransientModel):
    _name = "bank.bridge.setup.choice"
    _description = "Bank Bridge: a provider to choose"
    _inherit = "bank.bridge.setup.words"
    _transient_max_hours = 12

    setup_id = fields.Many2one("bank.bridge.setup", required=True, readonly=True, ondelete="cascade")
    provider = fields.Char(required=True, readonly=True)
    title = fields.Char(readonly=True)
    price = fields.Char(readonly=True)
    renewal = fields.Char(readonly=True)
    support = fields.Char(readonly=True)
    way = fields.Char(readonly=True)
    site = fields.Char(readonly=True)
    sandbox = fields.Boolean(readonly=True)

    def _values(self, profile):
        return {
            "provider": profile["id"],
            "title": profile.get("title") or profile["id"],
            "price": self._price(profile),
            "renewal": self._renewal(profile),
            "support": self._support(profile),
            "way": self._way(profile),
            "site": profile.get("site"),
            "sandbox": bool(profile.get("sandbox")),
        }

    def action_choose(self):
        self.ensure_one()
        self.check_access("write")
        self.setup_id._choose(self)
