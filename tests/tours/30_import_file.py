"""Bank files from Odoo's own screens: one and many, dropped, refused with a choice, imported, undone."""

TAG = """
    for (const card of document.querySelectorAll('.o_kanban_record')) {
        if (card.querySelector('a[name=open_action]')?.textContent.trim() === arguments[0]) {
            card.id = 'upload_card';
            card.scrollIntoView({block: 'center'});
            return true;
        }
    }
"""
UPLOAD = "/odoo/action-bank_bridge.action_upload"


def files(b, *names):
    return [f"{b.given['samples']}/upload/{name}" for name in names]


def tour(b):
    journals = b.odoo("account.journal", "search_read", [("type", "=", "bank")], ["name", "code", "default_account_id"])
    bank = next(journal for journal in journals if journal["code"] == "BNK1")

    # A file from the menu: nothing is written before its preview is accepted.
    b.open(UPLOAD)
    b.shot("choose")
    before = lines(b, bank)
    b.upload(*files(b, "2026-11-23.coda"), css=".o_field_bank_bridge_files input[type=file]")
    b.see(".o_field_bank_bridge_files", "2026-11-23.coda")
    b.press("action_read")
    b.see("button[name=action_import]")
    b.check(lines(b, bank) == before, "a preview writes nothing")
    b.see(b.field("count_new"), "6")
    b.see(".o_notebook .nav-link", b.words("First Lines", "Eerste regels"))
    b.shot("preview")
    b.click(".o_notebook .nav-link[name=lines]")
    b.shot("preview-lines")
    b.press("action_import")
    b.see(".o_field_widget[name=state] .o_arrow_button_current", b.words("Imported", "Geïmporteerd"))
    b.see("button[name=action_lines]")
    b.check(lines(b, bank) == before + 6, "six lines came in")
    b.shot("done")
    b.press("action_lines")
    b.see(".o_data_row")
    b.shot("lines")

    # The same file again: each line is known.
    b.open(UPLOAD)
    b.drop(".o_form_sheet", *files(b, "2026-11-23.coda", "2026-11-24.coda", "2026-11-27.camt.xml", "letter.txt"))
    b.see(".o_field_bank_bridge_files", "letter.txt")
    b.shot("dropped")
    b.press("action_read")
    b.see("button[name=action_import_all]")
    b.see(".o_data_row", "BB-3002")
    b.shot("many")
    b.press("action_import_all")
    b.until(lambda: b.count(".o_data_row .text-bg-success") >= 3, "three files imported")
    b.shot("many-done")
    b.check(lines(b, bank) == before + 12, "only the day that was missing came in")

    # A file whose balances do not add up: only by an explicit choice.
    b.open(UPLOAD)
    b.upload(*files(b, "wrong-balance.coda"), css=".o_field_bank_bridge_files input[type=file]")
    b.press("action_read")
    b.see(".alert-danger", "BB-3310")
    b.shot("balance")
    b.toggle("accept_balance")
    b.press("action_preview")
    b.see("button[name=action_import]")
    b.shot("balance-accepted")

    # An account that no journal has.
    b.open(UPLOAD)
    b.upload(*files(b, "other-account.coda"), css=".o_field_bank_bridge_files input[type=file]")
    b.press("action_read")
    b.see(".alert-danger", "BE71096123456769")
    b.shot("no-journal")
    b.press("action_new_journal")
    b.see("button[name=action_import]")
    b.shot("new-journal")

    # From the card of the bank on the dashboard: by its button, and dropped on it.
    card = dashboard(b, "Bank")
    b.upload(*files(b, "2026-11-23.coda"), css=card + "div[name=bank_bridge_buttons] input[type=file]")
    b.see("button[name=action_import]")
    b.see(b.field("count_known"), "6")
    card = dashboard(b, "Bank")
    b.drop(card, *files(b, "2026-11-24.coda"))
    b.see(card + ".o_drop_area")
    b.shot("card-drop")
    b.drop(card + ".o_drop_area", *files(b, "2026-11-24.coda"))
    b.see("button[name=action_import]")
    b.see(".o_last_breadcrumb_item, .o_breadcrumb", "2026-11-24.coda")

    # Undo the first import of the list that brought lines.
    b.open("/odoo/action-bank_bridge.action_import")
    b.shot("imports")
    b.click(".o_data_row", "2026-11-24.coda")
    b.see("button[name=action_undo]")
    b.shot("import")
    b.press("action_undo")
    b.see(".modal", "6")
    b.shot("undo")
    b.click(".modal button[name=action_undo]")
    b.see(".alert-warning", b.words("Undone by", "Ongedaan gemaakt"))
    b.shot("undone")
    b.check(lines(b, bank) == before + 6, "the lines of that day are gone")


def dashboard(b, journal):
    """The dashboard; gives what selects the card of that journal."""
    b.open("/odoo/accounting")
    b.see(".o_kanban_record")
    b.until(lambda: b.driver.execute_script(TAG, journal), f"the card of {journal}")
    return "#upload_card "


def lines(b, journal):
    return b.odoo("account.bank.statement.line", "search_count", [("journal_id", "=", journal["id"])])
