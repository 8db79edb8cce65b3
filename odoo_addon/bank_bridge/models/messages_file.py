"""The bridge's codes for bank files, in words: what reading and importing a file may end with. Shown where somebody
uploads files; a code that connections have too is worded here for files.
"""

from odoo.tools.translate import LazyTranslate

from .messages import Entry

_lt = LazyTranslate(__name__)

AGAIN = _lt("Download the file again from the bank; do not edit it.")
EXPORT = _lt("Export the file from the bank again.")
BALANCE = _lt("Ask the bank for the file again, or choose below to import it all the same.")
ORIGIN = _lt("Ask where the file comes from; export it from the bank itself.")
SHORTER = _lt("Export a shorter period.")
ISO = _lt("Ask the bank for the file again; its message breaks ISO 20022.")
ROW = _lt("Look at that row; export the file again rather than mend it.")
SITEROW = _lt("Look at the row on the bank's site.")
UNPACK = _lt("Unpack the archive, and import the files in it.")
FEWER = _lt("Put fewer files into an archive.")
JOURNAL = _lt("Choose the journal below, then press Preview Again.")
ORDER = _lt("Choose the order of dates below, then press Preview Again.")
MARK = _lt("Choose the decimal mark below, then press Preview Again.")
COLUMNS = _lt("Say below what each column is, then press Preview Again.")
FORMAT = _lt("Choose the format below, then press Preview Again.")
TRANSACTIONS = _lt("Download the transactions of the bank account from the bank.")
MINUTE = _lt("Try again in a minute.")
SAME = _lt("Odoo's administrator has to update the addon and the bridge to the same version.")
CONNECT = _lt("Odoo's administrator has to press Connect again in Settings, Bank Bridge.")
RUNS = _lt("Odoo's administrator has to check the address, and that the bridge runs. Then try again.")
RETRY = _lt("Try again: what was already written is recognised.")

FILE_TABLE = {
    # The bridge
    "BB-1001": Entry(_lt("Odoo is not connected to a bridge, or its token is not known there."), CONNECT, False),
    "BB-1002": Entry(_lt("The bridge has no method %(method)s."), SAME, False),
    "BB-1003": Entry(_lt("The parameter %(path)s is missing or not of the right shape."), SAME, False),
    "BB-1004": Entry(
        _lt("The request is larger than the bridge takes."),
        _lt("Import a smaller file: export a shorter period."),
        False,
    ),
    "BB-1005": Entry(_lt("The bridge did not finish %(method)s within %(seconds)s seconds."), MINUTE, True),
    "BB-1006": Entry(
        _lt(
            "The bridge cannot open what this database keeps sealed for it: its keys have changed, or the database is"
            " a copy."
        ),
        CONNECT,
        False,
    ),
    "BB-1008": Entry(_lt("The bridge is stopping."), MINUTE, True),
    "BB-1009": Entry(_lt("The bridge has too much to do at once."), MINUTE, True),
    "BB-1016": Entry(_lt("The file's content is not base64."), SAME, False),
    "BB-1018": Entry(
        _lt("The token %(token)s may not call %(method)s."),
        _lt("The bridge's administrator has to add that scope to the token."),
        False,
    ),
    "BB-1021": Entry(_lt("The request is no call of JSON-RPC 2.0: %(reason)s."), RUNS, False),
    "BB-1022": Entry(_lt("The bridge at %(address)s cannot be reached."), RUNS, True),
    "BB-1023": Entry(_lt("%(address)s answered what no bridge answers."), RUNS, False),
    "BB-1024": Entry(_lt("The bridge's address cannot be used."), CONNECT, False),
    "BB-1026": Entry(_lt("The bridge does not report any more on the run %(run)s."), RETRY, True),
    # Any file
    "BB-3001": Entry(_lt("The file cannot be read: %(reason)s."), EXPORT, False),
    "BB-3002": Entry(
        _lt("The file is in no format that Bank Bridge reads."),
        _lt("Export it from the bank as CODA or CAMT.053, or choose its format below."),
        False,
    ),
    "BB-3003": Entry(_lt("The file could be %(first)s or %(second)s."), FORMAT, False),
    "BB-3004": Entry(_lt("The file is larger than %(limit)s MB."), SHORTER, False),
    "BB-3005": Entry(_lt("The file is empty."), EXPORT, False),
    "BB-3006": Entry(_lt("The file ends too early: %(missing)s is missing."), AGAIN, False),
    "BB-3007": Entry(
        _lt("The XML has a DOCTYPE, which no bank file needs and which can be used for attacks."),
        ORIGIN,
        False,
    ),
    "BB-3008": Entry(_lt("The XML is malformed: %(reason)s."), AGAIN, False),
    "BB-3009": Entry(_lt("There is no format %(name)s."), FORMAT, False),
    "BB-3010": Entry(_lt("The XML is nested deeper than %(limit)s elements."), ORIGIN, False),
    "BB-3011": Entry(
        _lt("The text encoding %(name)s is not known."),
        _lt("Ask the bank for the file in UTF-8."),
        False,
    ),
    "BB-3012": Entry(_lt("The line is longer than %(limit)s MB."), AGAIN, False),
    "BB-3013": Entry(_lt("The dates can be read as %(first)s or as %(second)s: %(example)s."), ORDER, False),
    "BB-3014": Entry(
        _lt("No order of day, month and year fits all dates: %(first)s and %(second)s."),
        _lt("Export the file from the bank again; do not put two exports together."),
        False,
    ),
    "BB-3015": Entry(_lt("%(found)s is no date in the order %(order)s."), ORDER, False),
    "BB-3016": Entry(_lt("The amount %(example)s can have decimals or thousands."), MARK, False),
    "BB-3017": Entry(_lt("The amounts have different decimal marks: %(first)s and %(second)s."), EXPORT, False),
    # CODA
    "BB-3101": Entry(_lt("A record of CODA cannot begin with %(found)s."), AGAIN, False),
    "BB-3102": Entry(_lt("Record %(found)s stands where %(expected)s should."), AGAIN, False),
    "BB-3103": Entry(_lt("%(field)s (positions %(positions)s) is %(found)s, not %(expected)s."), AGAIN, False),
    "BB-3104": Entry(_lt("CODA version %(found)s is not known."), _lt("Ask the bank for version 2."), False),
    "BB-3105": Entry(_lt("The record has %(length)s characters, CODA has 128."), AGAIN, False),
    # CAMT
    "BB-3201": Entry(
        _lt("The file is a %(kind)s, not an end-of-day statement (camt.053)."),
        _lt("Export camt.053 from the bank."),
        False,
    ),
    "BB-3202": Entry(_lt("%(element)s is missing."), ISO, False),
    "BB-3203": Entry(_lt("%(element)s is %(found)s, not %(expected)s."), ISO, False),
    "BB-3204": Entry(
        _lt("The statement has pages %(pages)s, and the last is missing."),
        _lt("Put all pages into one ZIP archive, or choose below to import it all the same."),
        False,
    ),
    # Balances
    "BB-3310": Entry(
        _lt(
            "The lines do not add up to the closing balance: opening %(opening)s + lines %(lines)s = %(computed)s,"
            " the bank says %(closing)s %(currency)s."
        ),
        BALANCE,
        False,
    ),
    "BB-3311": Entry(_lt("The %(side)s add up to %(computed)s, the file's trailer says %(stated)s."), BALANCE, False),
    "BB-3312": Entry(_lt("The statement has %(computed)s records, its trailer says %(stated)s."), BALANCE, False),
    "BB-3313": Entry(
        _lt("The closing balance is of account %(closing)s, the opening balance of %(opening)s."),
        BALANCE,
        False,
    ),
    "BB-3314": Entry(_lt("The entries count %(computed)s, the file's summary says %(stated)s."), BALANCE, False),
    # OFX
    "BB-3401": Entry(_lt("The file holds no statement of a bank account or card: %(held)s."), TRANSACTIONS, False),
    "BB-3402": Entry(_lt("The file is an investment statement, not a bank statement."), TRANSACTIONS, False),
    "BB-3403": Entry(_lt("The file is a request to a bank, not its answer."), TRANSACTIONS, False),
    "BB-3404": Entry(
        _lt("The bank answers with an error instead of a statement: %(status)s."),
        _lt("Download it again; if it stays, ask the bank what the error means."),
        False,
    ),
    "BB-3405": Entry(
        _lt("The file is OFC, the format before OFX."),
        _lt("Export it from the bank as OFX, or better as CAMT.053."),
        False,
    ),
    "BB-3406": Entry(_lt("%(element)s is missing."), AGAIN, False),
    "BB-3407": Entry(_lt("%(element)s is %(found)s, not %(expected)s."), AGAIN, False),
    "BB-3408": Entry(
        _lt("The amount is in %(currency)s, the account in %(account_currency)s, and the file gives no rate."),
        _lt("Export the file in the account's currency, or in another format."),
        False,
    ),
    "BB-3409": Entry(
        _lt("The statement does not say its currency, and its lines are in %(first)s and %(second)s."),
        _lt("Export one currency at a time, or another format."),
        False,
    ),
    "BB-3410": Entry(_lt("%(element)s stands twice in one transaction."), AGAIN, False),
    "BB-3411": Entry(_lt("A transaction stands %(where)s, and not in the list of a statement."), AGAIN, False),
    "BB-3412": Entry(_lt("More than %(limit)s unknown elements stand in one another."), ORIGIN, False),
    "BB-3413": Entry(_lt("An element is longer than %(limit)s MB."), AGAIN, False),
    # QIF
    "BB-3501": Entry(_lt("The file holds transactions in securities alone."), TRANSACTIONS, False),
    "BB-3502": Entry(_lt("The file holds no transactions of an account."), TRANSACTIONS, False),
    "BB-3503": Entry(_lt("The section !%(name)s is none of QIF."), EXPORT, False),
    "BB-3504": Entry(_lt("%(found)s is no date."), ROW, False),
    "BB-3505": Entry(_lt("The record has no date."), AGAIN, False),
    "BB-3506": Entry(_lt("%(found)s is no amount."), MARK, False),
    "BB-3507": Entry(_lt("The record has no amount."), AGAIN, False),
    "BB-3508": Entry(_lt("The record gives two amounts, %(first)s and %(second)s."), EXPORT, False),
    "BB-3509": Entry(
        _lt("The file holds several accounts and does not name them."),
        _lt("Export each account into a file of its own."),
        False,
    ),
    # Tables
    "BB-3601": Entry(_lt("There is no preset %(name)s: %(reason)s."), COLUMNS, False),
    "BB-3602": Entry(_lt("The preset cannot be used: %(reason)s."), COLUMNS, False),
    "BB-3603": Entry(_lt("The columns of this table are not known."), COLUMNS, False),
    "BB-3604": Entry(_lt("The table could be of %(first)s or of %(second)s."), COLUMNS, False),
    "BB-3605": Entry(_lt("The preset %(preset)s does not fit: the table lacks %(missing)s."), COLUMNS, False),
    "BB-3606": Entry(_lt("The row has %(found)s cells, the header %(expected)s."), ROW, False),
    "BB-3607": Entry(_lt("The row has %(found)s cells, the header %(expected)s."), EXPORT, False),
    "BB-3608": Entry(_lt("%(column)s holds %(found)s, where a date (%(order)s) belongs."), ORDER, False),
    "BB-3609": Entry(_lt("%(column)s holds %(found)s, where an amount with a decimal %(mark)s belongs."), MARK, False),
    "BB-3610": Entry(_lt("%(column)s holds %(found)s, where one of %(expected)s belongs."), COLUMNS, False),
    "BB-3611": Entry(_lt("%(column)s holds %(found)s, where the three letters of a currency belong."), COLUMNS, False),
    "BB-3612": Entry(_lt("The row has money out (%(debit)s) and money in (%(credit)s)."), SITEROW, False),
    "BB-3613": Entry(
        _lt("%(column)s holds %(found)s: a spreadsheet program has spoiled the file."),
        _lt("Export it from the bank again and import it without opening it in between."),
        False,
    ),
    "BB-3614": Entry(_lt("The row has no booking date and follows no line whose detail it could be."), ROW, False),
    "BB-3615": Entry(_lt("The preset cannot be kept as %(file)s: %(reason)s."), COLUMNS, False),
    "BB-3616": Entry(_lt("The amount %(amount)s has a sign, and the row says %(direction)s besides."), SITEROW, False),
    # MT940
    "BB-3701": Entry(_lt("Field %(field)s stands where %(expected)s should."), AGAIN, False),
    "BB-3702": Entry(_lt("The %(part)s of field 61 is %(found)s, not %(expected)s."), AGAIN, False),
    "BB-3703": Entry(
        _lt("Field %(tag)s is %(found)s, not C or D, a date YYMMDD, a currency and an amount with a decimal comma."),
        AGAIN,
        False,
    ),
    "BB-3704": Entry(_lt("The file holds %(found)s and no statement."), _lt("Export MT940 from the bank."), False),
    "BB-3705": Entry(_lt("The opening balance is in %(opening)s, the closing balance in %(closing)s."), BALANCE, False),
    "BB-3706": Entry(_lt("The file holds no message of MT940."), EXPORT, False),
    "BB-3707": Entry(
        _lt("The file ends within the statement: there is no closing balance, and lines may be missing."),
        BALANCE,
        False,
    ),
    # Archives and workbooks
    "BB-3801": Entry(_lt("The archive cannot be unpacked: %(reason)s."), AGAIN, False),
    "BB-3802": Entry(_lt("The archive holds no bank file."), EXPORT, False),
    "BB-3803": Entry(_lt("The archive has %(count)s entries, more than %(limit)s."), FEWER, False),
    "BB-3804": Entry(_lt("The files of the archive are larger than %(limit)s MB when unpacked."), FEWER, False),
    "BB-3805": Entry(
        _lt("The file unpacks to more than %(ratio)s times its size, as no bank file does."),
        ORIGIN,
        False,
    ),
    "BB-3806": Entry(_lt("The file is encrypted."), UNPACK, False),
    "BB-3807": Entry(_lt("The file is an archive itself (%(kind)s)."), UNPACK, False),
    "BB-3808": Entry(_lt("The archive has the name %(name)s, which is none of a file in it."), ORIGIN, False),
    "BB-3809": Entry(_lt("The file is compressed by a method that is not read (%(method)s)."), UNPACK, False),
    "BB-3810": Entry(
        _lt("The file is %(kind)s; nothing of the archive was imported."),
        _lt("Take the file out of the archive, or import its bank files one by one."),
        False,
    ),
    "BB-3811": Entry(_lt("The archive has two files of one name."), UNPACK, False),
    "BB-3851": Entry(_lt("The workbook cannot be read: %(reason)s."), EXPORT, False),
    "BB-3852": Entry(_lt("The workbook holds more than %(limit)s %(what)s."), SHORTER, False),
    "BB-3853": Entry(
        _lt("The file is %(kind)s, which is not read."),
        _lt("Save it as XLSX or CSV, or export it from the bank as such."),
        False,
    ),
    "BB-3854": Entry(
        _lt("The worksheets %(first)s and %(second)s both hold transactions."),
        _lt("Save each as a file of its own."),
        False,
    ),
    "BB-3855": Entry(_lt("The cell %(cell)s of the worksheet %(sheet)s holds the error %(found)s."), EXPORT, False),
    # Odoo
    "BB-4003": Entry(_lt("Odoo refuses the bridge's key: it has expired or was revoked."), CONNECT, False),
    # The books
    "BB-4101": Entry(
        _lt("No bank journal has the account %(account)s."),
        _lt("Choose its journal below, or create one for this account."),
        False,
    ),
    "BB-4102": Entry(
        _lt("The journal chosen is not there any more, or is not for a bank, cash or a credit card."),
        JOURNAL,
        False,
    ),
    "BB-4103": Entry(
        _lt("The journal %(journal)s is in %(journal_currency)s, the statement in %(currency)s."),
        _lt("Choose a journal in the currency of the account."),
        False,
    ),
    "BB-4104": Entry(_lt("Several journals have the account %(account)s: %(journals)s."), JOURNAL, False),
    "BB-4105": Entry(
        _lt("The journal %(journal)s has no suspense account."),
        _lt("Set one on the journal, then press Preview Again."),
        False,
    ),
    "BB-4106": Entry(
        _lt(
            "Lines dated in a locked period: %(count)s, the first on %(date)s. The books are closed up to"
            " %(locked_until)s."
        ),
        _lt("Have the period reopened, or import a file that begins later."),
        False,
    ),
    "BB-4107": Entry(
        _lt("The amount %(amount)s has more decimals than %(currency)s in Odoo."),
        _lt("Odoo's administrator has to raise the decimals of the currency."),
        False,
    ),
    "BB-4108": Entry(_lt("The statement does not name its account."), JOURNAL, False),
    "BB-4109": Entry(_lt("Journals of several companies have the account %(account)s: %(journals)s."), JOURNAL, False),
    "BB-4111": Entry(
        _lt("The journal %(journal)s is of the account %(journal_account)s, the statement of %(account)s."),
        _lt("Choose the right journal below, or say that this one is meant although its account is another."),
        False,
    ),
}
