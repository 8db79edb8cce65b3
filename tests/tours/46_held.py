"""Held lines: compared side by side, decided one after the other, and several at once."""

from bank_days import bring, by_hand, day, journal, line

HELD = "/odoo/action-bank_bridge.action_held"
ROW = ".o_data_row"


def tour(b):
    name = b.words("Held", "Aangehouden")
    where = journal(b, "THD", name, "BE68539007547034")
    lines = []
    for number, amount in enumerate(("75.00", "42.00", "31.00", "18.00")):
        when = day(9 - number)
        by_hand(b, where, float(amount), when, f"Invoice 2026/041{number}", "Boekhandel Maes", "NL91ABNA0417164300")
        by_hand(b, where, float(amount), when, "Cash deposit", "Bakkerij Peeters", "BE71096123456769")
        lines.append(line(f"held-{number}", amount, when, f"INVOICE 2026/041{number}", "BOEKHANDEL MAES"))
    lines.append(line("held-9", "10.00", day(5), "Card terminal"))
    results = bring(b, "THD", "2026-70", "200.00", "376.00", lines)
    b.check(results == ["held"] * 4 + ["created"], f"four lines are held: {results}")

    b.open(HELD)
    b.until(lambda: b.count(ROW, name) == 4, "four lines to decide")
    b.see(ROW, b.words("To Decide", "Te beslissen"))
    b.shot("list")
    b.click(f"{ROW} .o_data_cell[name=payment_ref]", "INVOICE 2026/0410")
    b.see(".o_field_widget[name=comparison]", b.words("The Bank Says", "De bank zegt"))
    b.see(".o_field_widget[name=comparison] .text-bg-warning", "Cash deposit")
    b.see(".o_field_widget[name=comparison]", b.words("by hand", "met de hand"))
    b.shot("side-by-side")

    b.click(f"{ROW} button[name=action_bridge_same]")
    b.see(".o_field_widget[name=comparison]", "INVOICE 2026/0411")
    b.shot("the-next-one")
    b.press("action_import")
    b.confirm()
    b.see(".o_field_widget[name=comparison]", "INVOICE 2026/0412")

    b.open(HELD)
    b.until(lambda: b.count(ROW, name) == 2, "two lines to be left")
    b.click("thead .o_list_record_selector input")
    b.see("button[name=action_import_several]", b.words("Import as New", "Als nieuw importeren"))
    b.shot("several")
    b.press("action_import_several")
    b.confirm()
    b.until(lambda: not b.sees(ROW, name), "no line to be left")
    b.shot("none-left")
    again = bring(b, "THD", "2026-70", "200.00", "376.00", lines)
    b.check(again == ["duplicate"] * 5, f"the same file again: {again}")
