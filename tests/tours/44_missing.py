"""What is missing: a statement between two others, a line of one; read again from the bank."""

from bank_days import bring, day, journal, line

SEARCH = "/odoo/action-bank_bridge.action_missing"
GAPS = ".o_field_widget[name=gap_ids] .o_data_row"


def tour(b):
    name = b.words("With Gaps", "Met hiaten")
    journal(b, "TGP", name, "BE43068999999501")
    bring(b, "TGP", "2026-117", "500.00", "560.00", [line("gap-1", "60.00", day(20), "Daily takings")])
    bring(b, "TGP", "2026-119", "610.00", "680.00", [line("gap-2", "70.00", day(16), "Daily takings")])
    bring(b, "TGP", "2026-120", "680.00", "790.00", [line("gap-3", "80.00", day(12), "Daily takings")])
    b.open(SEARCH)
    b.choose("journal_ids", name)
    b.press("action_search")
    b.until(lambda: b.count(GAPS) == 2, "two gaps")
    b.see(GAPS, "2026-118")
    b.see(GAPS, b.words("Balances Do Not Join", "Saldi sluiten niet aan"))
    b.see(GAPS, b.words("Incomplete Statement", "Onvolledig afschrift"))
    b.see(f"{GAPS} button[name=action_import]", b.words("Import File", "Bestand importeren"))
    b.shot("gaps")

    b.click(f"{GAPS} button[name=action_statement]")
    b.see(".alert-warning", b.words("The lines do not add up", "De regels komen niet uit"))
    b.shot("statement")
    fetch_again(b)


def fetch_again(b):
    """Where the journal has an online account, its days are read again."""
    accounts = b.odoo(
        "bank.bridge.account",
        "search_read",
        [("journal_id", "!=", False), ("complete_until", "!=", False), ("connection_id.state", "=", "connected")],
        ["journal_id", "complete_until"],
    )
    if not accounts:
        return
    account = accounts[0]
    [where] = b.odoo("account.journal", "read", [account["journal_id"][0]], ["name", "code"])
    until = account["complete_until"]
    bring(b, where["code"], "tour", "9000.00", "9001.00", [line("gap-9", "1.00", day(0), "A gap before this one")])
    b.open(SEARCH)
    b.choose("journal_ids", where["name"])
    b.press("action_search")
    b.see(f"{GAPS} button[name=action_fetch]", b.words("Fetch Again", "Opnieuw ophalen"))
    b.shot("fetch")
    [gap] = b.odoo(
        "bank.bridge.gap",
        "search_read",
        [("kind", "=", "chain"), ("account_id", "=", account["id"])],
        ["date_from"],
        order="id desc",
        limit=1,
    )
    b.click(f"{GAPS} button[name=action_fetch]")
    b.shot("fetching")
    b.check(gap["date_from"] <= until, "the gap reaches back into what was read")
