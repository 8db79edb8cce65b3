"""Transactions that came in twice: compared, deleted, and not brought again."""

from bank_days import bring, by_hand, day, journal, line

SEARCH = "/odoo/action-bank_bridge.action_duplicates"
PAIRS = ".o_field_widget[name=pair_ids] .o_data_row"


def tour(b):
    name = b.words("Twice", "Tweemaal")
    where = journal(b, "TWC", name, "BE96000324587105")
    maes, claes = ("Boekhandel Maes", "NL91ABNA0417164300"), ("Fotostudio Claes", "BE71096123456769")
    ours = [
        line("tour-1", "75.00", day(9), "Invoice 2026/0412", *maes),
        line("tour-2", "42.00", day(9), "Visiting cards", *claes),
        line("tour-3", "-12.50", day(8), "Parking"),
    ]
    bring(b, "TWC", "2026-61", "1000.00", "1104.50", ours)
    by_hand(b, where, 75, day(9), "invoice 2026 0412", *maes)
    by_hand(b, where, 42, day(9), "from Claes", *claes)
    theirs = [line("tour-4", "-12.50", day(7), "PARKING GENT")]
    bring(b, "TWC", "tour", None, None, theirs, source="ofx.2")
    b.check(balance(b, where) == 1104.5 - 1000 + 75 + 42 - 12.5, "three transactions stand there twice")

    b.open(SEARCH)
    b.choose("journal_ids", name)
    b.press("action_search")
    b.until(lambda: b.count(PAIRS) == 3, "three pairs")
    b.see(PAIRS, b.words("Very Likely", "Zeer waarschijnlijk"))
    b.see(PAIRS, b.words("by hand", "met de hand"))
    b.shot("pairs")

    b.click(f"{PAIRS} button[name=action_delete_second]")
    b.confirm()
    b.see(".o_notification", b.words("Transactions deleted: 1", "Verwijderde transacties: 1"))
    b.until(lambda: b.count(PAIRS) == 2, "two pairs to be left")
    b.shot("one-deleted")

    b.press("action_suggest")
    b.see(PAIRS, b.words("Delete the Second", "De tweede verwijderen"))
    b.shot("suggested")
    b.press("action_apply")
    b.confirm()
    b.until(lambda: b.count(PAIRS) == 1, "one pair to be left")
    b.check(balance(b, where) == 104.5 - 12.5, "the balance fell by what was deleted, and nothing else")

    b.click(f"{PAIRS} button[name=action_keep_both]")
    b.see(".alert-info", b.words("No duplicates were found", "geen dubbele transacties"))
    b.shot("none-left")

    again = bring(b, "TWC", "2026-61", "1000.00", "1104.50", ours)
    b.check(again == ["duplicate"] * 3, f"the same file again: {again}")


def balance(b, journal_id):
    lines = b.odoo("account.bank.statement.line", "search_read", [("journal_id", "=", journal_id)], ["amount"])
    return round(sum(line["amount"] for line in lines), 2)
