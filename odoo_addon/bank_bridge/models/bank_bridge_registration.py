"""The one connection of this database to a bridge: address, token, and what the bridge gave to keep."""

import json
import logging
import secrets
import time
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from odoo import Command, fields, models, modules
from odoo.exceptions import UserError

from ..compat import new_api_key

_logger = logging.getLogger(__name__)

LOGIN = "bank_bridge"
CONNECT_SECONDS, ANSWER_SECONDS = 3, 10
ANSWER_BYTES = 4_000_000
RENEW_BEFORE = timedelta(days=14)
SYSTEM = "base.group_system"


class BridgeFailure(Exception):
    """A call to the bridge failed: a code of the catalogue, and a sentence where the bridge gave one."""

    def __init__(self, code, message=None, **arguments):
        super().__init__(code)
        self.code = code
        self.message = message
        self.arguments = arguments
        # What the bridge itself says of it.
        self.details = {}


class BankBridgeRegistration(models.Model):
    _name = "bank.bridge.registration"
    _description = "Bank Bridge: registration"
    _rec_name = "address"

    address = fields.Char()
    token = fields.Char(groups=SYSTEM, copy=False, exportable=False)
    sealed = fields.Text(groups=SYSTEM, copy=False, exportable=False)
    state = fields.Selection(
        [
            ("not_connected", "Not connected"),
            ("connecting", "Connecting"),
            ("connected", "Connected"),
            ("failed", "Failed"),
        ],
        default="not_connected",
        required=True,
        readonly=True,
    )
    code = fields.Char(readonly=True)
    message = fields.Char(readonly=True)
    bridge_version = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", string="Technical User", readonly=True, ondelete="set null")
    key_id = fields.Integer(groups=SYSTEM, readonly=True)
    key_made = fields.Datetime(readonly=True)
    key_expiry = fields.Datetime(readonly=True)

    _only_one = models.UniqueIndex("((TRUE))")

    def _get(self):
        """The only record, beyond access rights."""
        return self.sudo().search([], limit=1) or self.sudo().create({})

    # Connecting

    def _connect(self):
        """Register this database with the bridge. Never raises for what the bridge or the network does: the outcome is
        the record's state, code and message. The bridge does not call back before it has answered, so that an Odoo
        with one worker can wait here."""
        self.ensure_one()
        earlier = (self.state, self.key_id, self.key_made, self.key_expiry)
        try:
            if not self.token:
                raise BridgeFailure("BB-1001")
            address = self._checked_address()
            user = self._technical_user()
            key = self._make_key(user)
        except BridgeFailure as failure:
            self._fail(failure)
            return
        self.write({"state": "connecting", "code": False, "message": False})
        parameters = {
            "odoo": {
                "url": self.env["ir.config_parameter"].get_param("web.base.url"),
                "database": self.env.cr.dbname,
                "database_uuid": self.env["ir.config_parameter"].get_param("database.uuid"),
                "login": LOGIN,
                "api_key": key,
            }
        }
        token = self.token
        # The bridge tries the key as soon as it has answered: it must be there. No transaction stays open meanwhile.
        self._commit()
        try:
            result = call_bridge(address, token, "bank.register", parameters)
            if not isinstance(result, dict) or not isinstance(result.get("registration"), str):
                raise BridgeFailure("BB-1023", address=address)
        except BridgeFailure as failure:
            self._revoke_keys(only=self.key_id)
            state, key_id, key_made, key_expiry = earlier
            self.write({"key_id": key_id, "key_made": key_made, "key_expiry": key_expiry})
            self._fail(failure, still_connected=state == "connected" and bool(key_id))
            return
        self.env.invalidate_all()
        # A quick bridge may have confirmed already; its word stands, we only add what it gave us to keep.
        self.write(
            {"sealed": result["registration"], "bridge_version": (result.get("bridge") or {}).get("version") or False}
        )

    def _confirm(self, ok, code, message):
        """The bridge has tried the key. Only now the earlier keys go: until here they may have been the working ones."""
        self.ensure_one()
        if ok is True:
            self.write({"state": "connected", "code": False, "message": False})
            self._revoke_keys(keep=self.key_id)
        else:
            self._fail(BridgeFailure(code or "BB-4003", message))

    def _disconnect(self):
        self._revoke_keys()
        self.write(
            {
                "state": "not_connected",
                "code": False,
                "message": False,
                "token": False,
                "sealed": False,
                "bridge_version": False,
                "key_id": False,
                "key_made": False,
                "key_expiry": False,
            }
        )

    def _fail(self, failure, still_connected=False):
        _logger.warning("Bank Bridge: connecting failed with %s", failure.code)
        self.write(
            {
                "state": "connected" if still_connected else "failed",
                "code": failure.code,
                "message": self._sentence(failure),
            }
        )

    def _sentence(self, failure):
        """What to tell a person: our own translated sentence where there is one, else the bridge's."""
        arguments = failure.arguments
        own = {
            "BB-1001": lambda: self.env._(
                "The token is missing or not known to this bridge. Enter the token that the bridge's administrator gave"
                " you, and press Connect again."
            ),
            "BB-1022": lambda: self.env._(
                "The bridge at %(address)s cannot be reached. Check the address, and that the bridge runs.", **arguments
            ),
            "BB-1023": lambda: self.env._(
                "What answers at %(address)s is not a bridge. Check the address, and that no proxy answers in its place.",
                **arguments,
            ),
            "BB-1024": lambda: self.env._(
                "The address of the bridge must look like http://127.0.0.1:8765 or https://bridge.example.com."
            ),
            "BB-1025": lambda: self.env._(
                "Another user has the login %(login)s, which the bridge needs. Give that user another login.",
                **arguments,
            ),
            "BB-4001": lambda: self.env._(
                "The bridge cannot reach this Odoo. Check the system parameter web.base.url, and the network between them."
            ),
            "BB-4003": lambda: self.env._("Odoo refused the bridge's key. Press Connect again."),
        }
        known = own.get(failure.code)
        if known and (arguments or failure.code not in ("BB-1022", "BB-1023", "BB-1025")):
            return known()
        return failure.message or self.env._("The bridge refused with %s.", failure.code)

    def _checked_address(self):
        address = (self.address or "").strip().rstrip("/")
        try:
            parts = urlsplit(address)
            valid = parts.scheme in ("http", "https") and parts.hostname and not parts.username and not parts.query
            # Asking for an impossible port raises.
            valid = valid and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise BridgeFailure("BB-1024")
        return address

    # The technical user and its keys

    def _technical_user(self):
        """The bridge's own user: may call the bridge's methods and nothing else, has no password."""
        users = self.env["res.users"].sudo().with_context(active_test=False, no_reset_password=True)
        user = self.user_id or users.search([("login", "=", LOGIN)])
        if user and user != self.user_id and (user.active or self._has_password(user)):
            raise BridgeFailure("BB-1025", login=LOGIN)
        values = {
            "active": True,
            "group_ids": [
                Command.set([self.env.ref("base.group_user").id, self.env.ref("bank_bridge.group_import").id])
            ],
            # Each company's journals are the bridge's business. pylint: disable-next=no-search-all
            "company_ids": [Command.set(self.env["res.company"].sudo().search([]).ids)],
        }
        if user:
            user.with_context(no_reset_password=True).write(values)
        else:
            user = users.create({"name": "Bank Bridge", "login": LOGIN, "company_id": self.env.company.id, **values})
        # Without a password nobody can log in on a page; API keys work.
        self.env.cr.execute("UPDATE res_users SET password = NULL WHERE id = %s", [user.id])
        self.user_id = user
        return user

    def _has_password(self, user):
        self.env.cr.execute("SELECT password IS NOT NULL FROM res_users WHERE id = %s", [user.id])
        return self.env.cr.fetchone()[0]

    def _make_key(self, user):
        """A fresh API key with the longest life that Odoo allows this user."""
        now = fields.Datetime.now()
        name = f"Bank Bridge {now:%Y-%m-%d} {secrets.token_hex(4)}"
        key, expiry = new_api_key(self.env["res.users.apikeys"].with_user(user), name)
        keys = self.env["res.users.apikeys"].sudo()
        self.write(
            {
                "key_id": keys.search([("user_id", "=", user.id), ("name", "=", name)]).id,
                "key_made": now,
                "key_expiry": expiry,
            }
        )
        return key

    def _revoke_keys(self, keep=None, only=None):
        """Revoke keys of the technical user: all, all but one, or one."""
        if not self.user_id:
            return
        domain = [("user_id", "=", self.user_id.id)]
        if only is not None:
            domain.append(("id", "=", only))
        keys = self.env["res.users.apikeys"].sudo().search(domain)
        keys.filtered(lambda key: key.id != keep)._remove()

    # Daily

    def _cron_renew_key(self):
        """A new key two weeks before the old one ends; both work until the bridge has tried the new one."""
        registration = self._get()
        if registration.state != "connected" or not registration.key_expiry:
            return
        life = registration.key_expiry - registration.key_made
        if registration.key_expiry - fields.Datetime.now() <= min(RENEW_BEFORE, life / 2):
            registration._connect()

    def _commit(self):
        """Before a call to the bridge, which looks at once at what was written, and between the items of a cron."""
        if not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _required(self):
        """The sealed registration, to be sent along with every call."""
        if self.state != "connected" or not self.sealed:
            raise UserError(self.env._("Odoo is not connected to a bridge. See Settings, Bank Bridge."))
        return self.sealed


def call_bridge(address, token, method, parameters):
    """One JSON-RPC call to the bridge; raises `BridgeFailure` for whatever goes wrong, and shows no secret."""

    def authenticate(request):
        # Given as a header, a .netrc file on the server could replace it.
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    deadline = time.monotonic() + CONNECT_SECONDS + ANSWER_SECONDS
    content = b""
    try:
        # No redirects: they could carry the token elsewhere.
        with requests.post(
            f"{address}/",
            json=body,
            auth=authenticate,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            for part in response.iter_content(65536):
                content += part
                if len(content) > ANSWER_BYTES:
                    raise BridgeFailure("BB-1023", address=address)
                if time.monotonic() > deadline:
                    raise BridgeFailure("BB-1022", address=address)
            status = response.status_code
    except (requests.RequestException, UnicodeError):
        # The library's own text may hold the request.
        raise BridgeFailure("BB-1022", address=address) from None
    try:
        answer = json.loads(content)
    except ValueError:
        if status == 401:
            raise BridgeFailure("BB-1001") from None
        raise BridgeFailure("BB-1023", address=address) from None
    if not isinstance(answer, dict):
        raise BridgeFailure("BB-1023", address=address)
    error = answer.get("error")
    if isinstance(error, dict):
        data = error.get("data") if isinstance(error.get("data"), dict) else {}
        code = data.get("code")
        if isinstance(code, str) and code.startswith("BB-"):
            message = error.get("message")
            failure = BridgeFailure(code, message if isinstance(message, str) else None)
            failure.details = data["args"] if isinstance(data.get("args"), dict) else {}
            raise failure
        raise BridgeFailure("BB-1001" if status == 401 else "BB-1023", address=address)
    if "result" not in answer:
        raise BridgeFailure("BB-1001" if status == 401 else "BB-1023", address=address)
    return answer["result"]
