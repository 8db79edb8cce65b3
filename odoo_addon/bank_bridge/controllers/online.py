"""The user's way to the bank's page and back. No page here waits for a bank: the browser asks again every second."""

from urllib.parse import urlencode, urlsplit

from odoo import fields, http
from odoo.http import request

from ..models.bank_bridge_connection import BY_CREDENTIALS, GROUP_CONNECT
from ..models.connection_buttons import PARAMETER_LENGTH, PARAMETERS_AT_MOST

GIVE_UP_SECONDS = 60


class Online(http.Controller):
    @http.route("/bank_bridge/connect/<string:key>", type="http", auth="user", methods=["GET"])
    def connect(self, key, run=None, waited="0", back=None, **_further):
        """A small page until the bridge knows the bank's page, then that. `back`: the user comes from there."""
        connection = self._connection(key)
        if not connection:
            raise request.not_found()
        waited = int(waited) if waited.isdecimal() and len(waited) < 4 else 0
        ended = (connection.last_run, connection.last_way_run)
        over = run in ended if run else not connection._is_leased(fields.Datetime.now())
        if connection.state == "waiting" and _is_web(connection.link_url) and not back:
            return request.redirect(connection.link_url, local=False)
        if over and connection.state == "connected":
            return request.redirect(connection._landing_url())
        failed = over and connection.state == "error"
        if (failed or (back and over)) and connection._open_setup():
            # The wizard tells what went wrong, and how to go on.
            return request.redirect(connection._landing_url())
        values = {"connection": connection, "failed": failed, "again": None}
        values["reading"] = bool(back) or connection.provider in BY_CREDENTIALS
        if not values["failed"] and waited < GIVE_UP_SECONDS:
            query = {"waited": waited + 1, **({"run": run} if run else {}), **({"back": 1} if back else {})}
            values["again"] = f"1; url=/bank_bridge/connect/{connection.key}?{urlencode(query)}"
        return request.render("bank_bridge.connect_page", values, headers={"Cache-Control": "no-store"})

    @http.route("/bank_bridge/return", type="http", auth="user", methods=["GET"])
    def come_back(self, **parameters):
        """The bank or the provider sends the user here; what it gave along goes to the bridge."""
        key = parameters.get("key") or parameters.get("state", "").partition(".")[0]
        connection = self._connection(key)
        if not connection:
            raise request.not_found()
        if len(parameters) > PARAMETERS_AT_MOST or any(
            len(name) > PARAMETER_LENGTH or len(value) > PARAMETER_LENGTH for name, value in parameters.items()
        ):
            return request.make_response("", status=400)
        run = connection._come_back(parameters)
        if run and connection._open_setup():
            return request.redirect(connection._waiting_page(run, back=True)["url"])
        return request.redirect(connection._landing_url())

    def _connection(self, key):
        """The connection beyond access rights, if it is of a company of this user and he may connect it."""
        connections = request.env["bank.bridge.connection"]
        if not key or not request.env.user.has_group(GROUP_CONNECT):
            return connections
        companies = request.env.user.company_ids.ids
        return connections.with_context(allowed_company_ids=companies).search([("key", "=", key)], limit=1).sudo()


def _is_web(url):
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
