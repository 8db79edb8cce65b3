"""The cards of bank journals on the dashboard: with nothing connected, connected, and with an error."""

CARD = "div[name=bank_bridge_card]"
SYNC = "button[name=action_bridge_sync]"


def picture(b, name):
    """With the connected bank's card in the middle."""
    card = b.see("div[name=bank_bridge_state]")
    b.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", card)
    b.shot(name)


def tour(b):
    b.open("/odoo/accounting")
    # Two journals get files, the third has a bank.
    b.see("button[name=action_bridge_connect_bank]", b.words("Connect Bank", "Bank koppelen"))
    b.see(f"{CARD} a", b.words("Import File", "Bestand importeren"))
    b.check(b.count("button[name=action_bridge_connect_bank]") == 2, "a connected journal offers to connect a bank")
    b.see("div[name=bank_bridge_state]", b.words("Connected", "Verbonden"))
    b.see("div[name=bank_bridge_balance]", b.words("Balance at the Bank", "Saldo bij de bank"))
    b.see("div[name=bank_bridge_last]", b.words("ago", "geleden"))
    b.see("div[name=bank_bridge_next]", b.words("in 1", "over 1"))
    b.see(SYNC, b.words("Synchronise", "Synchroniseren"))
    b.shot("top")
    picture(b, "connected")

    connection = b.odoo("bank.bridge.connection", "search", [("state", "=", "connected")])[:1]
    b.sandbox("/control/fault/unauthorised@token")
    b.click(SYNC)
    b.until(lambda: b.odoo("bank.bridge.connection", "read", connection, ["code"])[0]["code"], "an error")
    b.open("/odoo/accounting")
    b.see("div[name=bank_bridge_state] .text-bg-danger", b.words("Error", "Fout"))
    b.see("span[name=bank_bridge_code]", "BB-2006")
    picture(b, "error")

    b.sandbox("/control/clear")
    b.click(SYNC)
    b.until(
        lambda: b.odoo("bank.bridge.connection", "read", connection, ["state"])[0]["state"] == "connected", "recovery"
    )
    b.open("/odoo/accounting")
    b.gone("span[name=bank_bridge_code]")
    b.click("a[name=action_bridge_open_connection]")
    b.see("button[name=action_sync]")
    b.shot("leads-to-the-connection")
