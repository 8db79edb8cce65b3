"""The other readers, each as its own documentation has it used: readers.py READER FILE.

Prints how many records it read and their sum, so that a reader that left something out is seen.
"""

import json
import sys
from decimal import Decimal


def pycoda(path):
    from coda.parser import Parser
    from coda.statement import AmountSign, MovementRecordType

    amounts = [
        -movement.transaction_amount
        if movement.transaction_amount_sign == AmountSign.DEBIT
        else movement.transaction_amount
        for statement in Parser().parse_file(path)
        for movement in statement.movements
        if movement.type == MovementRecordType.NORMAL
    ]
    # It reads amounts as floats; to the cent their sum still is one.
    return len(amounts), Decimal(sum(amounts)).quantize(Decimal("0.01"))


def bankstatementparser(path):
    from bankstatementparser import CamtParser

    # Its `parse_streaming` takes longer still.
    amounts = CamtParser(path).parse()["Amount"]
    return len(amounts), sum(Decimal(str(amount)) for amount in amounts)


def ofxstatement_iso20022(path):
    from ofxstatement.plugins.iso20022 import Iso20022Parser

    lines = Iso20022Parser(path).parse().lines
    return len(lines), sum(line.amount for line in lines)


def bankstatementparser_mt940(path):
    from bankstatementparser.additional_parsers import Mt940Parser

    amounts = Mt940Parser(path).parse()["amount"]
    return len(amounts), sum(Decimal(str(amount)) for amount in amounts)


def mt_940(path):
    import mt940

    amounts = [transaction.data["amount"].amount for transaction in mt940.parse(path)]
    return len(amounts), sum(amounts)


def bankfile(path):
    import bankfile

    amounts = [transaction.amount for transaction in bankfile.parse(path).transactions]
    return len(amounts), sum(Decimal(amount) for amount in amounts)


def ofxtools(path):
    from ofxtools.Parser import OFXTree

    tree = OFXTree()
    tree.parse(path)
    amounts = [line.trnamt for statement in tree.convert().statements for line in statement.transactions]
    return len(amounts), sum(amounts)


def ofxtools_tree(path):
    """Its tree of elements alone, which has no values yet."""
    from ofxtools.Parser import OFXTree

    tree = OFXTree()
    tree.parse(path)
    amounts = [Decimal(element.text) for element in tree.iter("TRNAMT")]
    return len(amounts), sum(amounts)


def quiffen(path):
    from quiffen import Qif

    accounts = Qif.parse(path, day_first=True).accounts.values()
    amounts = [line.amount for account in accounts for lines in account.transactions.values() for line in lines]
    return len(amounts), sum(amounts)


def qifparse(path):
    from qifparse.parser import QifParser

    with open(path, encoding="utf-8") as file:
        qif = QifParser.parse(file, "%d/%m/%Y")
    amounts = [line.amount for lines in qif.get_transactions() for line in lines]
    # It reads amounts as floats; to the cent their sum still is one.
    return len(amounts), Decimal(sum(amounts)).quantize(Decimal("0.01"))


def ofxstatement_be_kbc(path):
    from ofxstatement.plugins.kbcbe import KbcBeParser

    with open(path, encoding="utf-8") as file:
        lines = KbcBeParser(file).parse().lines
    return len(lines), sum(line.amount for line in lines)


def csv2ofx(path):
    from csv2ofx.ofx import OFX
    from csv2ofx.utils import gen_data
    from meza.io import read_csv

    mapping = {
        "has_header": True,
        "delimiter": ";",
        "parse_fmt": "%d/%m/%Y",
        "account": lambda record: record["Rekeningnummer"],
        "currency": lambda record: record["Munt"],
        "date": lambda record: record["Datum"],
        "amount": lambda record: record["Bedrag"].replace(",", "."),
        "payee": lambda record: record["Naam tegenpartij"],
        "desc": lambda record: record["Omschrijving"],
    }
    ofx = OFX(mapping)
    groups = ofx.gen_groups(read_csv(path, delimiter=";", sanitize=False))
    rows = gen_data(ofx.clean_trxns(ofx.gen_trxns(groups)))
    amounts = [ofx.transaction_data(row["trxn"])["amount"] for row in rows]
    return len(amounts), sum(amounts)


def ofxstatement_be_argenta(path):
    from ofxstatement.plugins.argenta import ArgentaStatementParser

    lines = ArgentaStatementParser(path).parse().lines
    return len(lines), sum(Decimal(str(line.amount)) for line in lines)


def ofxstatement_iso20022_unpacked(path):
    import tempfile
    import zipfile

    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        return ofxstatement_iso20022(archive.extract(archive.namelist()[0], folder))


READERS = {
    reader.__name__: reader
    for reader in (
        bankfile,
        bankstatementparser,
        bankstatementparser_mt940,
        csv2ofx,
        mt_940,
        ofxstatement_be_argenta,
        ofxstatement_be_kbc,
        ofxstatement_iso20022,
        ofxstatement_iso20022_unpacked,
        ofxtools,
        ofxtools_tree,
        pycoda,
        qifparse,
        quiffen,
    )
}

if __name__ == "__main__":
    records, total = READERS[sys.argv[1]](sys.argv[2])
    print(json.dumps({"records": records, "sum": str(total)}))
