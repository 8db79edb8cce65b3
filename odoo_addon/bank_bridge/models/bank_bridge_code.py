"""One-time codes that show that a phone number or an e-mail address is the user's. What is kept is a salted hash."""

import re
import secrets
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize

SYSTEM = "base.group_system"
DIGITS = 6
GOOD_FOR = timedelta(minutes=10)
TRIES = 5
# Between two codes of a connection, and how many in an hour: for one connection, and for one user over all of them.
PAUSE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MOST_OF_CONNECTION, MOST_OF_USER = 5, 15
CONTACT_LENGTH = 254
PHONE = re.compile(r"(\+|00)?[0-9][0-9 ()./-]{5,24}")


def new_code():
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


class BankBridgeCode(models.TransientModel):
    _name = "bank.bridge.code"
    _description = "Bank Bridge: one-time code"
    _order = "id desc"
    _transient_max_hours = 2

    connection_id = fields.Many2one("bank.bridge.connection", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="cascade")
    contact = fields.Char(required=True)
    digest = fields.Char(groups=SYSTEM, copy=False, exportable=False)
    good_until = fields.Datetime(required=True)
    tries = fields.Integer()

    # Both are called beyond access rights, by who has checked that the user may connect this connection.

    @api.model
    def _send(self, connection, contact):
        """Send the user a new code; earlier ones are void."""
        contact = self._checked_contact(contact)
        self._check_pace(connection)
        self.search([("connection_id", "=", connection.id), ("user_id", "=", self.env.uid)]).digest = False
        code = new_code()
        self.create(
            {
                "connection_id": connection.id,
                "user_id": self.env.uid,
                "contact": contact,
                "digest": self.env["res.users"]._crypt_context().hash(code),
                "good_until": fields.Datetime.now() + GOOD_FOR,
            }
        )
        if "@" in contact:
            self._send_mail(connection, contact, code)
        else:
            self._send_sms(connection, contact, code)
        return contact

    @api.model
    def _check(self, connection, entered):
        """The contact that this code confirms, and None; or False, and what to tell the user. A code is good once."""
        sent = self.search([("connection_id", "=", connection.id), ("user_id", "=", self.env.uid)], limit=1)
        if sent:
            # Two tries at the same moment count as two: the second is run again with the first one's count.
            self.env.cr.execute(SQL("SELECT id FROM bank_bridge_code WHERE id = %s FOR UPDATE", sent.id))
            sent.invalidate_recordset()
        if not sent.digest or sent.good_until <= fields.Datetime.now():
            sent.digest = False
            return False, self.env._("This code is no longer good. Have a new one sent.")
        sent.tries += 1
        if self.env["res.users"]._crypt_context().verify(entered, sent.digest):
            sent.digest = False
            return sent.contact, None
        if sent.tries >= TRIES:
            sent.digest = False
            return False, self.env._("That was not the code, %s times. Have a new one sent.", TRIES)
        return False, self.env._("That is not the code. Tries left: %s.", TRIES - sent.tries)

    def _checked_contact(self, contact):
        contact = (contact or "").strip()
        if not contact:
            raise UserError(
                self.env._("Enter a phone number or an e-mail address first: it secures the account at the provider.")
            )
        if contact.count("@") == 1 and len(contact) <= CONTACT_LENGTH:
            address = email_normalize(contact)
            if address:
                return address
        elif PHONE.fullmatch(contact):
            return contact
        raise UserError(
            self.env._("This is neither an e-mail address nor a phone number: enter one like +32 2 555 12 34.")
        )

    def _check_pace(self, connection):
        self.env.cr.execute(SQL("SELECT id FROM bank_bridge_connection WHERE id = %s FOR NO KEY UPDATE", connection.id))
        now = fields.Datetime.now()
        either = ["|", ("connection_id", "=", connection.id), ("user_id", "=", self.env.uid)]
        recent = self.search([("create_date", ">", now - HOUR), *either])
        of_connection = recent.filtered(lambda code: code.connection_id == connection)
        of_user = recent.filtered(lambda code: code.user_id == self.env.user)
        if of_connection and of_connection[0].create_date > now - PAUSE:
            raise UserError(
                self.env._("A code was sent less than a minute ago. Wait a moment, then ask for a new one.")
            )
        if len(of_connection) >= MOST_OF_CONNECTION or len(of_user) >= MOST_OF_USER:
            raise UserError(self.env._("Too many codes were sent within an hour. Try again in an hour."))

    # On their way to the user

    def _sentences(self, connection):
        names = {"bank": connection.name, "company": connection.company_id.name, "user": self.env.user.name}
        return (
            self.env._("%(user)s connects %(bank)s with the accounting of %(company)s. The code is:", **names),
            self.env._(
                "It is good for 10 minutes. Did you not ask for it? Then give it to nobody, and tell the administrator of"
                " %(company)s.",
                **names,
            ),
        )

    def _send_mail(self, connection, address, code):
        before, after = self._sentences(connection)
        company = connection.company_id
        sender = company.email_formatted or self.env.user.email_formatted
        if not sender:
            raise UserError(
                self.env._(
                    "Enter an e-mail address for the company %s first: the code is mailed from it.", company.name
                )
            )
        mails = self.env["mail.mail"].sudo()
        mail = mails.create(
            {
                "subject": self.env._("Your code for %s", connection.name),
                "body_html": Markup("<p>%s</p><p style='font-size: 24px; letter-spacing: 4px;'><b>%s</b></p><p>%s</p>")
                % (before, code, after),
                "email_to": address,
                "email_from": sender,
                "auto_delete": True,
            }
        )
        try:
            mail.send(raise_exception=True)
        except Exception:
            # The failure's own text may hold the message.
            raise UserError(
                self.env._(
                    "The code could not be mailed to %s. Have the administrator set up an outgoing mail server under"
                    " Settings, Technical, Outgoing Mail Servers; or enter a phone number.",
                    address,
                )
            ) from None
        # Sent or kept for later, nobody is to read it here.
        mail.exists().unlink()

    def _send_sms(self, connection, number, code):
        refused = self.env._(
            "The code could not be sent to %s: this Odoo cannot send text messages. Enter an e-mail address.", number
        )
        if "sms.sms" not in self.env:
            raise UserError(refused)
        body = " ".join([self._sentences(connection)[0], code])
        country = connection.company_id.country_id
        formatted = connection._phone_format(number=number, country=country) if country else number
        message = self.env["sms.sms"].sudo().create({"number": formatted or number, "body": body})
        try:
            message.send(unlink_failed=False, unlink_sent=False, raise_exception=True)
        except Exception:
            raise UserError(refused) from None
        sent = message.state not in ("error", "canceled", "outgoing")
        message.unlink()
        if not sent:
            raise UserError(refused)
