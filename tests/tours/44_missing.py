"""What is missing: a statement between two others, a line of one; read again from the bank."""

import time

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
    bring(b, where["code"], "tour", "9000.00", "9001.00", [line("gap-9", "1.00", day(0), "A gap before this one")])
    b.open(SEARCH)
    b.choose("journal_ids", where["name"])
    b.press("action_search")
    b.see(f"{GAPS} button[name=action_fetch]", b.words("Fetch Again", "Opnieuw ophalen"))
    b.shot("fetch")
    fetch(b, account, "fetching")
    # By now everything is there: what is read once more does not come in twice.
    lines = count_lines(b, account)
    b.press("action_search")
    fetch(b, account, "fetching-twice")
    b.check(count_lines(b, account) == lines, "what was read again came in twice")
    [read] = b.odoo("bank.bridge.account", "read", [account["id"]], ["complete_until"])
    b.check(read["complete_until"] >= account["complete_until"], "the days are read to the end again")


def fetch(b, account, name):
    before = last_sync(b, account)
    # The moment is told in whole seconds.
    time.sleep(1)
    b.click(f"{GAPS} button[name=action_fetch]")
    b.shot(name)
    b.until(lambda: last_sync(b, account) != before, "the end of the synchronisation")
    b.until(lambda: not leased(b, account), "the end of the run")


def leased(b, account):
    connection = b.odoo("bank.bridge.account", "read", [account["id"]], ["connection_id"])[0]["connection_id"][0]
    return b.odoo("bank.bridge.connection", "read", [connection], ["lease_until"])[0]["lease_until"]


def last_sync(b, account):
    return b.odoo("bank.bridge.account", "read", [account["id"]], ["last_sync"])[0]["last_sync"]


def count_lines(b, account):
    return b.odoo("account.bank.statement.line", "search_count", [("journal_id", "=", account["journal_id"][0])])
