"""What the bridge may notice in a bank file without refusing it, in words."""

from odoo.tools.translate import LazyTranslate

from .messages import Entry

_lt = LazyTranslate(__name__)

SITE = _lt("Compare them with the bank's site.")
NOTE = _lt("Read its details in the note.")
CHECKDATE = _lt("Check the date of the line.")
HAND = _lt("Check the balances by hand.")

FINDINGS = {
    # Findings in any file
    "BB-5001": Entry(
        _lt("Imported although its balances do not add up, as the user chose."),
        _lt("Compare the balance in Odoo with the bank's."),
        False,
    ),
    "BB-5002": Entry(
        _lt("Statement %(number)s does not follow %(previous)s: a statement may be missing."),
        _lt("Look whether the balances follow; some banks skip numbers."),
        False,
    ),
    "BB-5003": Entry(
        _lt(
            "It opens with %(opening)s, the statement before it closed with %(closing)s: a statement is missing"
            " between them."
        ),
        _lt("Import the missing statement."),
        False,
    ),
    "BB-5004": Entry(
        _lt("The line of %(date)s over %(amount)s may already be in Odoo from another source."),
        _lt("Decide on it in the list of held lines."),
        False,
    ),
    "BB-5005": Entry(_lt("Odoo booked the line of %(date)s on %(moved)s."), _lt("Check the lock dates."), False),
    "BB-5006": Entry(
        _lt("After the import the balance in Odoo is %(odoo)s, the bank says %(bank)s on %(date)s."),
        _lt("Look for lines that are missing or were entered by hand."),
        False,
    ),
    "BB-5007": Entry(
        _lt("The text is not in the encoding %(declared)s that the file declares; it was read as %(used)s."),
        _lt("Look at the accented letters."),
        False,
    ),
    "BB-5008": Entry(_lt("Lines that were already there from another source: %(count)s."), None, False),
    "BB-5009": Entry(_lt("The file was not attached to its statements: %(reason)s."), _lt("Keep it elsewhere."), False),
    "BB-5010": Entry(
        _lt("The dates are read as %(order)s, since %(because)s."),
        _lt("Compare a date with the bank's site."),
        False,
    ),
    # Findings in CODA
    "BB-5101": Entry(_lt("The bank marks this file as a duplicate."), None, False),
    "BB-5102": Entry(
        _lt(
            "The details of movement %(sequence)s add up to %(details)s, the movement is %(amount)s; the movement was"
            " kept whole."
        ),
        NOTE,
        False,
    ),
    "BB-5103": Entry(
        _lt(
            "The file repeats details of movements for another application (%(application)s); it holds no lines to"
            " book."
        ),
        _lt("Import the main file."),
        False,
    ),
    "BB-5104": Entry(_lt("The transaction code %(bank_code)s is not in the standard."), None, False),
    "BB-5105": Entry(
        _lt("The structured communication %(communication)s has wrong check digits; it was kept as text."),
        _lt("Match the line by hand."),
        False,
    ),
    "BB-5106": Entry(
        _lt("The structured communication type %(kind)s is not in the standard; it was kept as text."),
        None,
        False,
    ),
    "BB-5107": Entry(_lt("Movement %(sequence)s has no entry date; %(taken)s was taken."), CHECKDATE, False),
    "BB-5108": Entry(_lt("The bank writes: %(text)s"), None, False),
    "BB-5109": Entry(_lt("An information record follows no movement; it was left out."), None, False),
    "BB-5110": Entry(_lt("The record has %(length)s characters; what stands beyond 128 was left out."), None, False),
    "BB-5111": Entry(_lt("The file holds this statement more than once; it was read once."), None, False),
    # Findings in CAMT
    "BB-5201": Entry(
        _lt("The transactions of entry %(entry)s add up to %(details)s, the entry is %(amount)s; it was kept whole."),
        NOTE,
        False,
    ),
    "BB-5202": Entry(
        _lt("%(count)s of the transactions of entry %(entry)s have no amount; it was kept whole."),
        NOTE,
        False,
    ),
    "BB-5203": Entry(_lt("Entries that are not booked (%(status)s) were left out: %(count)s."), None, False),
    "BB-5204": Entry(
        _lt("The statement closes only with its reversal entries the other way round; they were turned."),
        SITE,
        False,
    ),
    "BB-5205": Entry(_lt("Entry %(entry)s has no booking date; %(taken)s was taken."), CHECKDATE, False),
    "BB-5206": Entry(
        _lt("Entries of several currencies stand in one statement; it was split by currency."),
        HAND,
        False,
    ),
    "BB-5207": Entry(_lt("The statement gives no %(which)s balance."), None, False),
    "BB-5208": Entry(
        _lt("Entry %(entry)s announces %(announced)s transactions and gives %(given)s."),
        _lt("For a line of each, import the bank's camt.054 before the statement, which recognises them."),
        False,
    ),
    "BB-5209": Entry(_lt("%(count)s more findings of the code %(code)s in the same statement."), None, False),
    "BB-5210": Entry(
        _lt("The %(message)s has pages %(pages)s, and further ones follow in another file."),
        _lt("Import the other pages as well; each page stands for itself."),
        False,
    ),
    # Findings in OFX
    "BB-5301": Entry(
        _lt("Lines with the same id, day and amount as an earlier one: %(count)s; all were kept."),
        SITE,
        False,
    ),
    "BB-5302": Entry(_lt("The ledger balance %(amount)s was left out: %(reason)s."), None, False),
    "BB-5303": Entry(
        _lt("Amounts in another currency were converted at the rate that the file gives: %(count)s."),
        SITE,
        False,
    ),
    "BB-5304": Entry(
        _lt("Lines without booking date: %(count)s; the day of the customer's order was taken."),
        CHECKDATE,
        False,
    ),
    "BB-5305": Entry(
        _lt("Transactions that the bank corrected or deleted: %(count)s."),
        _lt("Delete those in Odoo that an earlier file brought."),
        False,
    ),
    "BB-5306": Entry(_lt("The bank warns: %(status)s."), None, False),
    "BB-5307": Entry(
        _lt("The bank answers for another account of the file with an error: %(status)s."),
        _lt("Download that account again."),
        False,
    ),
    "BB-5308": Entry(
        _lt("Lines that an earlier statement of the same account has too: %(count)s; they were read once."),
        None,
        False,
    ),
    # Findings in tables
    "BB-5501": Entry(
        _lt(
            "The balance of the row is %(found)s, and %(expected)s follows from the row before: rows are missing or"
            " out of order."
        ),
        _lt("Export the account without a filter, or choose below to import the rows all the same."),
        False,
    ),
    "BB-5502": Entry(_lt("Rows left out: %(count)s, because %(why)s."), None, False),
    # Findings in MT940
    "BB-5601": Entry(_lt("The statement gives no %(which)s balance."), None, False),
    "BB-5602": Entry(
        _lt("Lines without a booking date: %(count)s, the first of %(first)s; their value date was taken."),
        None,
        False,
    ),
    "BB-5603": Entry(
        _lt("Dates that do not exist: %(count)s, the first in %(first)s; the last day of the month was taken."),
        None,
        False,
    ),
    "BB-5604": Entry(
        _lt("The message is a balance report (MT941) and holds no lines."),
        _lt("Import the statement (MT940)."),
        False,
    ),
    "BB-5605": Entry(
        _lt("The %(side)s are %(entries)s over %(computed)s, the report says %(count)s over %(stated)s."),
        None,
        False,
    ),
    "BB-5606": Entry(_lt("The file holds this statement more than once; it was read once."), None, False),
    "BB-5607": Entry(
        _lt("The statement goes on, and its next page is not in the file."),
        _lt("Import the file with the next page too."),
        False,
    ),
    # Findings in archives
    "BB-5701": Entry(_lt("%(name)s of the same archive holds this statement too; it was read once."), None, False),
    "BB-5702": Entry(
        _lt("Lines that another file of the archive holds too: %(count)s; each comes in once."),
        None,
        False,
    ),
}
