"""A table that the bridge does not know: what its columns are is said once, and kept."""

UPLOAD = "/odoo/action-bank_bridge.action_upload"
INPUT = ".o_field_bank_bridge_files input[type=file]"


def tour(b):
    folder = f"{b.given['samples']}/upload"
    journal = b.odoo("account.journal", "search_read", [("code", "=", "BNK2")], ["name"])[0]["name"]
    b.open(UPLOAD)
    b.upload(f"{folder}/savings-bank.csv", css=INPUT)
    b.press("action_read")
    b.see(".alert-danger", "BB-3603")
    b.see(".o_field_widget[name=column_ids] .o_data_row", b.words("Booking Date", "Boekingsdatum"))
    b.shot("columns")
    b.press("action_preview")
    # The file names no account: the journal is the user's to choose.
    b.see(".alert-danger", "BB-4108")
    b.choose("journal_id", journal)
    b.shot("journal")
    b.press("action_preview")
    b.see("button[name=action_import]")
    b.see(b.field("count_new"), "4")
    b.click(".o_notebook .nav-link[name=columns]")
    b.fill("preset_name", "Savings Bank")
    b.shot("keep")
    b.press("action_keep")
    b.press("action_import")
    b.see("button[name=action_lines]")
    b.shot("done")

    # The next file of that bank is read at once.
    b.open(UPLOAD)
    b.upload(f"{folder}/savings-bank-december.csv", css=INPUT)
    b.press("action_read")
    b.see("button[name=action_import]")
    b.see(b.field("journal_names"), journal)
    b.see(b.field("count_new"), "2")
    b.see(".o_field_widget[name=column_ids] .o_data_row", b.words("Balance after the Line", "Saldo na de regel"))
    b.shot("known")
    b.open("/odoo/action-bank_bridge.action_preset")
    b.see(".o_data_row", "Savings Bank")
    b.shot("kept")
