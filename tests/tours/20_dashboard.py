"""The cards of bank journals on the dashboard: with nothing connected, connected, and with an error."""

TAG = """
    for (const card of document.querySelectorAll('.o_kanban_record')) {
        if (card.querySelector('a[name=open_action]')?.textContent.trim() === arguments[0]) {
            card.id = arguments[1];
            card.scrollIntoView({block: 'center'});
            return true;
        }
    }
"""


def tour(b):
    account = b.odoo("bank.bridge.account", "search_read", [("journal_id.name", "=", "ING")], ["connection_id"])
    connection = account[0]["connection_id"][0]

    def dashboard(journal="ING"):
        """The dashboard, with the journal's card in the middle; gives what selects it."""
        b.open("/odoo/accounting")
        b.see(".o_kanban_record")
        b.until(lambda: b.driver.execute_script(TAG, journal, "card"), f"the card of {journal}")
        return "#card "

    def read(field):
        return b.odoo("bank.bridge.connection", "read", [connection], [field])[0][field]

    # A journal that gets files.
    card = dashboard("Bank")
    b.see(card + "button[name=action_bridge_connect_bank]", b.words("Connect Bank", "Bank koppelen"))
    b.see(card + "div[name=bank_bridge_buttons] a", b.words("Import File", "Bestand importeren"))
    b.check(not b.sees(card + "div[name=bank_bridge_state]"), "a bank without a connection shows a state")
    b.shot("not-connected")

    card = dashboard()
    b.check(not b.sees(card + "button[name=action_bridge_connect_bank]"), "a connected bank offers to connect")
    b.see(card + "div[name=bank_bridge_state]", b.words("Connected", "Verbonden"))
    b.see(card + "div[name=bank_bridge_balance]", b.words("Balance at the Bank", "Saldo bij de bank"))
    b.see(card + "div[name=bank_bridge_last]", b.words("ago", "geleden"))
    b.see(card + "div[name=bank_bridge_next]", b.words("in ", "over "))
    b.see(card + "button[name=action_bridge_sync]", b.words("Synchronise", "Synchroniseren"))
    b.shot("connected")

    b.sandbox("/control/fault/unauthorised@token")
    b.click(card + "button[name=action_bridge_sync]")
    b.until(lambda: read("state") == "error", "an error")
    card = dashboard()
    b.see(card + "div[name=bank_bridge_state] .text-bg-danger", b.words("Error", "Fout"))
    b.see(card + "span[name=bank_bridge_code]", "BB-2006")
    b.shot("error")

    b.sandbox("/control/clear")
    b.click(card + "button[name=action_bridge_sync]")
    b.until(lambda: read("state") == "connected", "recovery")
    card = dashboard()
    b.gone(card + "span[name=bank_bridge_code]")
    b.click(card + "a[name=action_bridge_open_connection]")
    b.see("button[name=action_sync]")
    b.shot("leads-to-the-connection")
