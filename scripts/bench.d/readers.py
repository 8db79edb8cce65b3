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


READERS = {reader.__name__: reader for reader in (pycoda, bankstatementparser, ofxstatement_iso20022)}

if __name__ == "__main__":
    records, total = READERS[sys.argv[1]](sys.argv[2])
    print(json.dumps({"records": records, "sum": str(total)}))
