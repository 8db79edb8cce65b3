"""A bank statement by hand: the opening balance is proposed, and what does not fit is said."""

from bank_days import day, journal, typed

STATEMENTS = "/odoo/action-bank_bridge.action_statement"
ROW = ".o_selected_row .o_field_widget[name={}] :is(input, textarea)"


def add(b, text, amount):
    # The calendar of the row above may lie over the link.
    b.driver.execute_script("arguments[0].click()", b.see(".o_field_x2many_list_row_add a"))
    b.see(ROW.format("date"))
    b.settle()
    for name, value in (("payment_ref", text), ("amount", amount)):
        b.type(ROW.format(name), value)
    b.click(".o_notebook .nav-link.active")


def tour(b):
    name = b.words("Vault", "Kluisrekening")
    journal(b, "TRS", name, "BE51732007654362")
    b.open(STATEMENTS)
    b.shot("list")

    b.click(".o_list_button_add")
    b.fill("name", "2026-1")
    b.choose("journal_id", name)
    b.fill("date", typed(b, day(9)))
    b.fill("balance_start", "100")
    add(b, "Ticket 118", "25")
    add(b, "Ticket 119", "-5")
    b.fill("balance_end_real", "120")
    b.click(".o_form_button_save")
    b.see(".o_form_view .o_stat_text", b.words("Transactions", "Transacties"))
    b.check(not b.sees(".alert-warning"), "a statement that is right is not warned of")
    b.shot("right")

    b.click(".o_form_button_create")
    b.fill("name", "2026-3")
    b.choose("journal_id", name)
    b.until(lambda: b.value("balance_start").startswith("120"), "the opening balance to be proposed")
    b.fill("date", typed(b, day(5)))
    b.shot("proposed")
    b.fill("balance_start", "150")
    add(b, "Ticket 131", "10")
    b.fill("balance_end_real", "200")
    b.click(".o_form_button_save")
    b.see(".alert-warning", b.words("A statement between them may be missing", "Er ontbreekt misschien een afschrift"))
    b.see(".alert-warning", b.words("The lines do not add up", "De regels komen niet uit"))
    b.shot("warning")

    b.click("button[name=action_bridge_previous]")
    b.until(lambda: b.value("name") == "2026-1", "the statement before")
    b.click("button[name=action_bridge_lines]")
    b.until(lambda: b.count(".o_data_row") == 2, "its two transactions")
    b.shot("transactions")

    b.open(STATEMENTS)
    b.click(".o_searchview_dropdown_toggler")
    b.click(".o_filter_menu .o_menu_item", b.words("Broken Chain", "Onderbroken keten"))
    b.see(".o_data_row", "2026-3")
    b.shot("broken-chain")
