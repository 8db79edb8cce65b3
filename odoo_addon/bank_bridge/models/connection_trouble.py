"""An error that somebody has to mend becomes an activity of whoever can, and is gone by itself when it works again."""

import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import fields, models
from odoo.exceptions import UserError

from .bank_bridge_connection import GROUP_SYNCHRONISE, SYSTEM
from .messages import passes_by_itself

_logger = logging.getLogger(__name__)

TROUBLE = "bank_bridge.activity_trouble"
CONSENT = "bank_bridge.activity_consent"
# What passes by itself, but has not for so long, needs somebody.
LASTING = timedelta(hours=24)
# Mended in Odoo's settings, or in the bridge's, and not on the connection.
OF_ADMINISTRATORS = {
    *("BB-1001", "BB-1006", "BB-1022", "BB-1023", "BB-1024", "BB-1025"),
    *("BB-2007", "BB-2009", "BB-2010", "BB-2014", "BB-2016", "BB-2018", "BB-2019", "BB-2020", "BB-2309"),
    *("BB-4001", "BB-4002", "BB-4003", "BB-4005", "BB-4006", "BB-4007", "BB-4013", "BB-4107", "BB-4110"),
}


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    trouble_since = fields.Datetime(string="Error Since", readonly=True, copy=False)

    def _mind(self, troubles):
        """After each change of state: who has to mend something, or has not any more."""
        if self.state in ("connected", "not_connected"):
            self.trouble_since = False
            self.activity_unlink([TROUBLE])
        elif troubles:
            now = fields.Datetime.now()
            self.trouble_since = self.trouble_since or now
            lasting = now - self.trouble_since >= LASTING
            first = next((one for one in troubles if lasting or not passes_by_itself(one["code"])), None)
            if first:
                self._have_it_mended(first)

    def _have_it_mended(self, trouble):
        user = self._who_mends(trouble["code"])
        if not user:
            return
        words = self.with_context(lang=user.lang)
        sentence = words._words(trouble["code"], trouble.get("code_args") or {}, trouble["message"])
        values = {
            "summary": f"{trouble['code']}: {sentence}",
            "note": Markup("<p>%s</p><p><code>%s</code></p>") % (words._step(trouble["code"]), self.support_line),
        }
        try:
            # Whatever Odoo has against the activity, the run has ended.
            with self.env.cr.savepoint():
                self._plan(user, values)
        except UserError:
            _logger.exception("Bank Bridge: nobody is asked to mend connection %s", self.id)

    def _plan(self, user, values):
        # A consent that has ended is asked for once.
        self.activity_unlink([CONSENT])
        planned = self.activity_search([TROUBLE])
        if not planned:
            today = fields.Date.context_today(self.with_user(user))
            self.activity_schedule(TROUBLE, date_deadline=today, user_id=user.id, **values)
        elif planned[0].summary != values["summary"]:
            planned[0].write({**values, "user_id": user.id})

    def _who_mends(self, code):
        """An administrator where it is in the settings, as long as he is one of the company's accountants; else the
        responsible user, or who made the connection."""
        usual = self._who_renews()
        if code not in OF_ADMINISTRATORS or (usual and usual.has_group(SYSTEM)):
            return usual
        users = self.env["res.users"].search(
            [("share", "=", False), ("company_ids", "in", self.company_id.id)], order="id"
        )
        administrators = (user for user in users if user.has_group(SYSTEM) and user.has_group(GROUP_SYNCHRONISE))
        return next(administrators, usual)
