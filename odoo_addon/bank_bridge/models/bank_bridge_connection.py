"""A bank that is read online, through one provider, for one company."""

import uuid
import zlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

SYSTEM = "base.group_system"
GROUP_SYNCHRONISE = "account.group_account_basic"
GROUP_CONNECT = "account.group_account_manager"
GROUP_READ = (GROUP_SYNCHRONISE, "account.group_account_readonly")
PROVIDERS = [("ponto", "Ponto"), ("ponto_connect", "Ponto Connect"), ("saltedge", "Salt Edge")]
# With these the user gives a client id and a secret; with the others he goes to the bank's own page.
BY_CREDENTIALS = ("ponto",)
STATES = [
    ("not_connected", "Not Connected"),
    ("waiting", "Waiting for the Bank"),
    ("connected", "Connected"),
    ("error", "Error"),
]
KINDS = [
    ("sync", "Synchronising"),
    ("accounts", "Fetching Accounts"),
    ("connect", "Connecting"),
    ("return", "Back From the Bank"),
]
# What the user may set; everything else is the bridge's and the buttons'.
ENTERED = {
    "name",
    "provider",
    "company_id",
    "institution_id",
    "institution_name",
    "country_code",
    "client_id",
    "contact",
    "automatic",
    "interval_hours",
    "user_id",
}


class BankBridgeConnection(models.Model):
    _name = "bank.bridge.connection"
    _description = "Bank Bridge: online connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True
    # Whoever may see a connection may write in its chatter.
    _mail_post_access = "read"

    key = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: uuid.uuid4().hex, help="The bridge's name of it."
    )
    name = fields.Char(
        string="Bank", compute="_compute_name", store=True, readonly=False, precompute=True, required=True
    )
    provider = fields.Selection(PROVIDERS, required=True, default="ponto")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Is asked in time to renew the bank's consent.",
    )
    last_user_id = fields.Many2one("res.users", readonly=True, copy=False, help="Who pressed a button last.")
    institution_id = fields.Char(string="Bank Id", copy=False, help="The provider's name of the bank.")
    institution_name = fields.Char(copy=False)
    country_code = fields.Char(string="Country", size=2)
    client_id = fields.Char(string="Client ID", copy=False)
    contact = fields.Char(
        string="Phone or E-mail", help="Secures the account; asked for before the first synchronisation."
    )
    sandbox = fields.Boolean(readonly=True, copy=False)
    sealed = fields.Text(groups=SYSTEM, copy=False, exportable=False)
    link_url = fields.Char(groups=SYSTEM, copy=False, exportable=False)
    link_expires = fields.Datetime(readonly=True, copy=False)

    state = fields.Selection(STATES, readonly=True, required=True, copy=False, default="not_connected")
    code = fields.Char(readonly=True, copy=False, help="The code to give to support.")
    message = fields.Char(readonly=True, copy=False)
    code_run = fields.Char(readonly=True, copy=False)
    code_time = fields.Datetime(readonly=True, copy=False)
    origin_class = fields.Char(readonly=True, copy=False)
    origin_request = fields.Char(readonly=True, copy=False)
    origin = fields.Char(compute="_compute_origin", help="The provider's own words for it, and its request.")
    support_line = fields.Char(compute="_compute_support_line", help="What support wants to know, in one line.")
    told_state = fields.Selection(STATES, readonly=True, copy=False, default="not_connected")
    told_code = fields.Char(readonly=True, copy=False)

    automatic = fields.Boolean(string="Automatic Synchronisation", default=True)
    interval_hours = fields.Integer(string="Every (Hours)", default=12, required=True)
    next_sync = fields.Datetime(string="Next Synchronisation", readonly=True, copy=False, index=True)
    last_sync = fields.Datetime(string="Last Refresh", readonly=True, copy=False)
    last_try = fields.Datetime(readonly=True, copy=False)
    asked = fields.Datetime(readonly=True, copy=False, help="When the bridge was asked for a run that has not begun.")
    failures = fields.Integer(readonly=True, copy=False, help="Failed runs since the last good one.")
    consent_until = fields.Datetime(readonly=True, copy=False)
    consent_warned = fields.Integer(readonly=True, copy=False, help="Days of the last warning.")

    lease_run = fields.Char(readonly=True, copy=False, index="btree_not_null", help="The run that is at work.")
    lease_until = fields.Datetime(readonly=True, copy=False)
    lease_kind = fields.Selection(KINDS, readonly=True, copy=False)
    last_run = fields.Char(readonly=True, copy=False, help="The run that ended last.")

    account_ids = fields.One2many("bank.bridge.account", "connection_id", string="Accounts", readonly=False)
    import_ids = fields.One2many("bank.bridge.import", "connection_id", readonly=True)

    _key = models.UniqueIndex("(key)")
    _interval = models.Constraint("CHECK (interval_hours BETWEEN 1 AND 168)", "Synchronise every 1 to 168 hours.")

    @api.depends("provider", "institution_name")
    def _compute_name(self):
        """The bank's name, unless somebody chose another one."""
        titles = set(dict(PROVIDERS).values())
        for connection in self:
            if not connection.name or connection.name in titles:
                connection.name = connection.institution_name or connection._provider_title()

    @api.depends("origin_class", "origin_request")
    def _compute_origin(self):
        for connection in self:
            connection.origin = " · ".join(filter(None, [connection.origin_class, connection.origin_request]))

    @api.depends("code", "code_run", "code_time", "origin_class", "origin_request")
    def _compute_support_line(self):
        for connection in self:
            parts = [
                connection.code,
                connection.origin_class,
                connection.code_run and f"run {connection.code_run}",
                connection.origin_request,
                connection.code_time and f"{connection.code_time:%Y-%m-%d %H:%M} UTC",
            ]
            connection.support_line = " · ".join(filter(None, parts)) if connection.code else False

    @api.constrains("company_id")
    def _check_company_of_accounts(self):
        self.with_context(active_test=False).account_ids._check_company()

    @api.model_create_multi
    def create(self, vals_list):
        """A name left empty is that of the bank or the provider."""
        for vals in vals_list:
            self._check_entered(vals)
        return super().create(
            [{name: value for name, value in vals.items() if name != "name" or value} for vals in vals_list]
        )

    def write(self, vals):
        self._check_entered(vals)
        if not self.env.su and {"provider", "company_id"} & set(vals) and any(self.sudo().mapped("sealed")):
            # What is sealed belongs to both.
            raise UserError(self.env._("Disconnect the bank first."))
        result = super().write(vals)
        if {"automatic", "interval_hours"} & set(vals) and "next_sync" not in vals:
            for connection in self.filtered(lambda one: one.last_sync and one.automatic).sudo():
                connection.next_sync = connection._after_interval(connection.last_sync)
        return result

    def _check_entered(self, names):
        """A key, a lease or a state that anybody could write would be none."""
        if self.env.su:
            return
        for name in names:
            field = self._fields.get(name)
            if field and field._module == "bank_bridge" and field.column_type and name not in ENTERED:
                raise AccessError(self.env._("This is set by the bridge only."))

    # What several parts share

    def _provider_title(self):
        return dict(PROVIDERS).get(self.provider, self.provider or "")

    def _locale(self):
        """The language of whoever pressed a button last, else of the company."""
        return self.last_user_id.lang or self.company_id.partner_id.lang or "en_US"

    def _in_language(self):
        """Whatever runs or calls: what is written here is read by the company's people."""
        return self.with_context(lang=self._locale())

    def _after_interval(self, start):
        """The next synchronisation after a good one. Connections keep apart by up to 5 % of their interval, always
        alike, so that they do not all ask at the same minute."""
        interval = timedelta(hours=self.interval_hours)
        share = zlib.crc32(self.key.encode()) / 0xFFFFFFFF
        return start + interval + interval * (share - 0.5) * 0.1

    def _is_due(self, now):
        """Would the cron synchronise it now?"""
        return bool(
            self.automatic
            and self.sealed
            and self.state in ("connected", "error")
            and self.next_sync
            and self.next_sync <= now
            and not self._is_leased(now)
        )

    def _is_leased(self, now):
        return bool(self.lease_run and self.lease_until and self.lease_until > now)
