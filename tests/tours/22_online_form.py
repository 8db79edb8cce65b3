"""The form of an online connection: synchronising, an error with its code and activity, and recovery."""

FORM = "/odoo/action-bank_bridge.action_connection"
RUNS = ".o_notebook .o_data_row"


def tour(b):
    user = b.odoo("res.users", "search", [("login", "=", "admin")])[0]
    account = b.odoo("bank.bridge.account", "search_read", [("journal_id.name", "=", "ING")], ["connection_id"])
    connection = account[0]["connection_id"][:1]
    b.odoo("bank.bridge.connection", "write", connection, {"user_id": user})

    def read(field):
        return b.odoo("bank.bridge.connection", "read", connection, [field])[0][field]

    b.open(FORM)
    b.see(".o_data_row", "ING")
    b.see(".o_control_panel button", b.words("Connect Bank", "Bank koppelen"))
    b.shot("list")
    b.open(f"{FORM}/{connection[0]}")
    b.see("div[name=sandbox]", b.words("You are actually in Sandbox mode", "U bevindt zich in de sandbox"))
    for button, english, dutch in (
        ("action_sync", "Synchronise", "Synchroniseren"),
        ("action_connect", "Update Credentials", "Bijwerken inloggegevens"),
        ("action_fetch_accounts", "Fetch Accounts", "Accounts ophalen"),
    ):
        b.see(f"button[name={button}]", b.words(english, dutch))
    for english, dutch in (
        ("Client ID", "Client ID"),
        ("Last Refresh", "Laatste verversing"),
        ("Automatic Synchronisation", "Automatische synchronisatie"),
        ("Next Synchronisation", "Volgende synchronisatie"),
    ):
        b.see(".o_form_label", b.words(english, dutch))
    for english, dutch in (
        ("Journal", "Dagboek"),
        ("Last Synchronisation", "Laatste synchronisatie"),
        ("Balance", "Saldo"),
    ):
        b.see(".o_field_x2many_list th", b.words(english, dutch))
    b.see(".o_statusbar_status .o_arrow_button_current", b.words("Connected", "Verbonden"))
    b.shot("connected")

    runs, lines = read("count_runs"), read("count_transactions")
    b.press("action_sync")
    b.until(lambda: read("count_runs") > runs and not read("lease_run"), "the end of the run")
    b.check(read("count_transactions") >= lines, "lines went")
    b.open(f"{FORM}/{connection[0]}")
    b.see("button[name=action_open_runs]", str(runs + 1))
    b.click(".o_notebook_headers a[name=runs]")
    b.check(b.count(RUNS) == runs + 1, "the runs are not all listed")
    b.shot("runs")

    b.press("action_open_transactions")
    b.see(".o_data_row")
    b.shot("transactions")
    b.open(f"{FORM}/{connection[0]}")

    b.sandbox("/control/fault/unauthorised@token")
    b.press("action_sync")
    b.until(lambda: read("state") == "error", "an error")
    b.open(f"{FORM}/{connection[0]}")
    b.see("div[name=trouble]", "BB-2006")
    b.see("div[name=trouble]", b.words("Press Update Credentials", "Bijwerken inloggegevens"))
    b.click("div[name=trouble] button", b.words("Copy for Support", "Kopiëren voor"))
    b.see(".o_popover", b.words("Copied", "Gekopieerd"))
    line = b.clipboard()
    b.check(line == read("support_line") and line.startswith("BB-2006 · "), f"on the clipboard is {line}")
    b.see(".o_statusbar_status .o_arrow_button_current", b.words("Error", "Fout"))
    b.see(".o-mail-Activity", "BB-2006")
    b.shot("error")
    b.click("button[name=action_open_runs]")
    b.click(".o_data_row .o_data_cell", "BB-2006")
    b.see(".alert-danger button", b.words("Copy for Support", "Kopiëren voor"))
    b.shot("failed-run")

    b.sandbox("/control/clear")
    b.open(f"{FORM}/{connection[0]}")
    b.press("action_sync")
    b.until(lambda: read("state") == "connected", "recovery")
    b.open(f"{FORM}/{connection[0]}")
    b.gone("div[name=trouble]")
    b.gone(".o-mail-Activity")
    b.shot("recovered")

    # A copy of the database says that it is one.
    b.odoo("ir.config_parameter", "set_param", "database.is_neutralized", "True")
    try:
        b.open(f"{FORM}/{connection[0]}")
        b.see("div[name=copy]", b.words("This database is a copy", "Deze database is een kopie"))
        b.shot("copy")
    finally:
        b.odoo("ir.config_parameter", "set_param", "database.is_neutralized", False)
