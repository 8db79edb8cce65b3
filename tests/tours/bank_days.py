"""Days at a bank for the tours, brought as the bridge brings them, in journals of their own."""

import base64
import hashlib
import uuid
from datetime import date, timedelta


def day(ago):
    """So many days ago."""
    return str(date.today() - timedelta(days=ago))


def typed(b, text):
    """A day as one types it."""
    year, month, number = text.split("-")
    return b.words(f"{month}/{number}/{year}", f"{number}-{month}-{year}")


def journal(b, code, name, account):
    """The id of a bank journal, made when it is not there yet."""
    known = b.odoo("account.journal", "search", [("code", "=", code)])
    if known:
        return known[0]
    values = {"name": name, "code": code, "type": "bank", "bank_acc_number": account}
    return b.odoo("account.journal", "create", [values])[0]


def by_hand(b, journal_id, amount, when, text, name=None, account=None):
    values = {
        "journal_id": journal_id,
        "amount": amount,
        "date": when,
        "payment_ref": text,
        "partner_name": name,
        "account_number": account,
    }
    return b.odoo("account.bank.statement.line", "create", [values])[0]


def line(identity, amount, when, text, name=None, account=None):
    return {
        "id": f"v1:{identity}",
        "date": when,
        "value_date": when,
        "amount": amount,
        "currency": "EUR",
        "counterparty": {"name": name, "account": account, "bic": None},
        "text": text,
        "details": [],
    }


def bring(b, code, number, opening, closing, lines, source="coda.2"):
    """A file with one statement; what became of its lines."""
    run = str(uuid.uuid4())
    content = f"{code} {number}".encode()
    [found] = b.odoo("account.journal", "search_read", [("code", "=", code)], ["bank_acc_number"])
    account = {"iban": found["bank_acc_number"].replace(" ", ""), "number": None, "bic": None}
    head = {"account": {**account, "currency": "EUR", "holder": None}, "number": number, "lines": len(lines)}
    file = {
        "name": f"{number}.{source.split('.')[0]}",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "content": base64.b64encode(content).decode(),
    }
    opened = b.odoo(
        "bank.bridge.import",
        "bridge_open",
        run=run,
        file=file,
        source=source,
        statements=[{**head, "currencies": ["EUR"]}],
    )
    statement = {
        "number": number,
        "source": source,
        "opening": opening and {"date": lines[0]["date"], "amount": opening},
        "closing": closing and {"date": lines[-1]["date"], "amount": closing},
        "ids": [one["id"] for one in lines],
    }
    b.check("error" not in opened, opened)
    where = opened["statements"][0]["journal"]["id"]
    answer = b.odoo(
        "bank.bridge.import", "bridge_push", run=run, journal=where, statement=statement, lines=lines, last=True
    )
    b.check("error" not in answer, answer)
    b.odoo("bank.bridge.import", "bridge_close", run=run, state="done")
    return [one["result"] for one in answer["lines"]]
