"""Add a Bank Account, from the bank's name to its transactions: by client id and secret, and on the bank's own page."""

from pathlib import Path

SETUP = "/odoo/action-bank_bridge.action_setup"
ADDRESS = "boekhouding@example.com"


def step(b, name):
    b.see(f'.o_statusbar_status button[data-value="{name}"].o_arrow_button_current')


def choose_bank(b, typed, name):
    b.open(SETUP)
    step(b, "bank")
    b.choose("institution_id", typed)
    b.see(".o_form_sheet h1", name)


def choose_provider(b, title):
    b.press("action_choose_bank")
    step(b, "provider")
    b.see(".o_kanban_record", title)


def confirm_contact(b, shots=False):
    step(b, "contact")
    b.fill("contact", ADDRESS)
    if shots:
        b.shot("contact")
    b.press("action_send")
    b.see(b.field("code"))
    code = b.code_from_mail(ADDRESS)
    if shots:
        b.fill("code", f"{(int(code) + 1) % 1000000:06d}")
        b.press("action_confirm")
        b.see(".alert-danger", b.words("That is not the code", "Dat is niet de code"))
        b.shot("wrong-code")
    b.fill("code", code)
    if shots:
        b.shot("code")
    b.press("action_confirm")


def by_credentials(b):
    choose_bank(b, "KBC", "KBC")
    b.shot("bank")
    choose_provider(b, "Ponto")
    b.see(".o_kanban_record", b.words("Slower support", "Tragere ondersteuning"))
    b.see(".o_kanban_record", b.words("Faster support", "Snellere ondersteuning"))
    b.shot("provider")
    choose_card(b, "Ponto")
    confirm_contact(b, shots=True)
    step(b, "connect")
    b.fill("client_id", b.given["client_id"])
    b.fill("client_secret", "not the secret")
    b.shot("credentials")
    b.press("action_connect")
    # Refused: told on the same page, and nothing has to be typed again but the secret.
    b.see(".o_form_view .alert-danger", "BB-2", seconds=60)
    step(b, "connect")
    b.shot("credentials-refused")
    b.fill("client_secret", b.given["client_secret"])
    b.press("action_connect")
    step(b, "accounts")
    # The account of ING is read by a connection of its own.
    b.see(".o_data_row", b.words("Comes in by ING already", "Komt al binnen via ING"))
    b.shot("accounts")
    b.press("action_finish")
    b.see("button[name=action_sync]")
    wait_for_sync(b)
    b.shot("connected")


def on_the_banks_page(b):
    choose_bank(b, "Belfius", "Belfius")
    choose_provider(b, "Salt Edge")
    choose_card(b, "Salt Edge")
    confirm_contact(b)
    b.see("select[name=provider]")
    b.shot("consent")
    b.click("button[value=refuse]")
    b.see(".o_form_view .alert-danger", "BB-2201", seconds=60)
    step(b, "connect")
    b.shot("refused")
    # Confirmed a moment ago: no second code.
    b.press("action_connect")
    b.see("select[name=provider]")
    b.click("button[value=allow]")
    step(b, "accounts")
    b.click(".o_data_row td[name=choice]")
    b.choose("choice", b.words("Existing Journal", "Bestaand dagboek"))
    b.shot("accounts-of-saltedge")
    b.press("action_finish")
    wait_for_sync(b)
    b.shot("connected-by-saltedge")


def choose_card(b, title):
    card = b.see(".o_kanban_record", title)
    card.find_element("css selector", "button[name=action_choose]").click()
    b.settle()


def wait_for_sync(b):
    key = int(b.driver.current_url.rstrip("/").rsplit("/", 1)[-1].split("?")[0])

    def looked():
        found = b.odoo("bank.bridge.connection", "read", [key], ["last_sync", "state", "lease_run"])[0]
        return found["last_sync"] and not found["lease_run"] and found

    found = b.until(looked, "the first synchronisation", 60)
    b.check(found["state"] == "connected", f"the connection is {found['state']}")
    b.driver.refresh()
    b.settle()


def forget_mails(b):
    """Codes of tours that ran before count no more."""
    log = Path(b.given["mail_log"])
    b.mail_read = len(log.read_text(errors="replace")) if log.exists() else 0


def tour(b):
    forget_mails(b)
    by_credentials(b)
    on_the_banks_page(b)
