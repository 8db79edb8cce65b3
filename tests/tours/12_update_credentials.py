"""Update Credentials of a connection that works: the code out of a message first, then client id and secret anew."""

from pathlib import Path

CONNECTIONS = "/odoo/action-bank_bridge.action_connection"
ADDRESS = "boekhouding@example.com"


def fill(b, name, value):
    """A field of the dialogue, which the form behind it may have too."""
    b.type(f".modal {b.field(name)} input", value)
    b.settle()


def forget_mails(b):
    """Codes of tours that ran before count no more."""
    log = Path(b.given["mail_log"])
    b.mail_read = len(log.read_text(errors="replace")) if log.exists() else 0


def tour(b):
    forget_mails(b)
    b.open(CONNECTIONS)
    b.click(".o_data_row", "ING")
    b.see("button[name=action_sync]")

    # A contact that nobody has confirmed is asked for by the next synchronisation.
    b.fill("contact", "new@example.com")
    b.click(".o_form_button_save")
    b.click(".o_form_statusbar button[name=action_sync]")
    b.see(".modal " + b.field("contact"))
    entry = b.see(".modal " + b.field("contact") + " input")
    b.check(entry.get_attribute("value") == "new@example.com", "the new contact is not proposed")
    b.shot("contact-of-a-first-synchronisation")
    b.click(".modal .btn-close, .modal button[special=cancel]")

    b.click(".o_form_statusbar button[name=action_connect]", b.words("Update Credentials", "Bijwerken inloggegevens"))
    b.see(".modal", b.words("one-time code", "eenmalige code"))
    fill(b, "contact", ADDRESS)
    b.shot("contact")
    b.click(".modal button[name=action_send]", b.words("Send Code", "Code versturen"))
    b.see(".modal " + b.field("code"))
    code = b.code_from_mail(ADDRESS)
    fill(b, "code", f"{(int(code) + 1) % 1000000:06d}")
    b.click(".modal button[name=action_confirm]")
    b.see(".modal .alert-danger", b.words("Tries left: 4", "4"))
    b.shot("wrong-code")
    fill(b, "code", code)
    b.click(".modal button[name=action_confirm]")
    b.see(".modal " + b.field("client_secret"))
    entry = b.see(".modal " + b.field("client_id") + " input")
    b.check(entry.get_attribute("value") == b.given["client_id"], "the client id is not there")
    fill(b, "client_secret", b.given["client_secret"])
    b.shot("credentials")
    b.click(".modal button[name=action_connect]")
    b.see("button[name=action_sync]", seconds=60)
    b.check(not b.sees(".modal"), "a dialogue stays open")
    b.see(".o-mail-Message", ADDRESS)
    b.shot("connected")

    # Confirmed a moment ago: closing the dialogue does not cost a second code.
    b.click(".o_form_statusbar button[name=action_connect]")
    b.see(".modal " + b.field("client_secret"))
    b.click(".modal .btn-close, .modal button[special=cancel]")
