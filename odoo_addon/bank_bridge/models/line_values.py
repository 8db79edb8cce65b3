"""From a line of the bridge to the values of a statement line in Odoo."""

from decimal import Decimal

from markupsafe import Markup, escape

# Banks write this where a payer gave no end-to-end reference.
NOT_PROVIDED = "NOTPROVIDED"


def _letters(text):
    return "".join(char for char in text if char.isalnum()).upper()


def label(line):
    """What reconciling searches: the text, with the structured communication in it."""
    text = " ".join((line.get("text") or "").split())
    structured = line.get("structured")
    if structured and _letters(structured) not in _letters(text):
        text = f"{structured} {text}".strip()
    return text or (line.get("counterparty") or {}).get("name") or line.get("bank_code_words") or "/"


def reference(line):
    end_to_end = line.get("end_to_end")
    if _letters(end_to_end or "") == NOT_PROVIDED:
        end_to_end = None
    return line.get("structured") or end_to_end or line.get("reference")


class Maker:
    """Makes values for one journal; looks up only once what all lines share."""

    def __init__(self, env, journal):
        self.env = env
        self.journal = journal
        self.currency = journal.currency_id or journal.company_id.currency_id
        # Every currency that is active in Odoo, by its code.
        self.currencies = {currency.name: currency for currency in env["res.currency"].search([])}
        self.has_import_id = "unique_import_id" in env["account.bank.statement.line"]._fields
        lang = journal.company_id.partner_id.lang or env.lang
        self.text = env(context=dict(env.context, lang=lang))._

    def make(self, line, sequence):
        counterparty = line.get("counterparty") or {}
        foreign = self._foreign(line)
        values = {
            "journal_id": self.journal.id,
            "date": line["date"],
            # Odoo's own amounts are floats; the decimal text is exact up to here.
            "amount": float(Decimal(line["amount"])),
            "sequence": sequence,
            "payment_ref": label(line),
            "ref": reference(line),
            "partner_name": counterparty.get("name"),
            "account_number": counterparty.get("account"),
            "transaction_type": line.get("bank_code_words") or line.get("bank_code"),
            "narration": self._narration(line, counterparty, foreign),
            "transaction_details": self._details(line, counterparty),
            **foreign,
        }
        if self.has_import_id:
            values["unique_import_id"] = line["id"]
        return values

    def _foreign(self, line):
        """The amount in the original currency, where Odoo can hold it."""
        original = line.get("original") or {}
        currency = self.currencies.get(original.get("currency"))
        if not currency or currency == self.currency or original.get("amount") is None:
            return {}
        amount, booked = Decimal(original["amount"]), Decimal(line["amount"])
        if not amount or not booked or round(amount, currency.decimal_places) != amount:
            return {}
        # Odoo wants one sign for both.
        amount = abs(amount) if booked > 0 else -abs(amount)
        return {"foreign_currency_id": currency.id, "amount_currency": float(amount)}

    def _narration(self, line, counterparty, foreign):
        """The details of the bank, and what has no field of its own, as a note; a value is never said twice."""
        # pylint: disable=prefer-env-translation  # it is that of an environment, in the language of the company
        _ = self.text
        original = line.get("original") or {}
        rows = [(row[0], row[1]) for row in line.get("details") or [] if row[1]]
        said = {value for _label, value in rows}
        further = [
            (_("Value date"), line.get("value_date") if line.get("value_date") != line["date"] else None),
            (_("BIC"), counterparty.get("bic")),
            (_("Reference of the bank"), line.get("reference")),
            (_("End-to-end reference"), line.get("end_to_end")),
            (_("Mandate"), line.get("mandate")),
        ]
        if original.get("amount") and not foreign:
            further.append((_("Original amount"), f"{original['amount']} {original.get('currency') or ''}".strip()))
        if original.get("rate"):
            further.append((_("Exchange rate"), original["rate"]))
        rows += [(name, value) for name, value in further if value and value not in said and value != NOT_PROVIDED]
        if not rows:
            return False
        return Markup("<br>").join(escape(f"{name}: {value}" if name else value) for name, value in rows)

    def _details(self, line, counterparty):
        kept = {
            name: line.get(name)
            for name in (
                "value_date",
                "structured",
                "reference",
                "end_to_end",
                "mandate",
                "bank_code",
                "kind",
                "original",
            )
        }
        kept["counterparty_bic"] = counterparty.get("bic")
        return {"bank_bridge": {name: value for name, value in kept.items() if value} | {"id": line["id"]}}
