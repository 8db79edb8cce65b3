"""The end of a push: the statement, made of those of its lines that no other statement has, and its balances."""

from decimal import Decimal, InvalidOperation

from odoo import Command, fields, models
from odoo.tools import SQL

from .import_recognise import amount_key


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    def _finish_statement(self, record, journal, statement):
        """Make the statement of those of its lines that no other statement has; with the balance Odoo now shows."""
        ordered = self._standing(journal, statement["ids"], statement.get("wholes"))
        if not ordered:
            return None, None
        waiting = self.env["bank.bridge.held"].search(
            [("journal_id", "=", journal.id), ("identity", "in", statement["ids"]), ("state", "=", "open")]
        )
        currency = self._journal_currency(journal)
        statement = record._with_first_balance(journal, statement, ordered)
        given = bool(statement.get("opening") or statement.get("closing"))
        # The bank's own balances are worth more than those that Odoo reckoned for an earlier file.
        reckoned = ordered.statement_id.filtered("bridge_reckoned") if given else ordered.statement_id.browse()
        own = ordered.filtered(lambda line: not line.statement_id or line.statement_id in reckoned)
        made = self.env["account.bank.statement"]
        if own:
            made = made.with_company(journal.company_id).create(
                {
                    "name": statement.get("number") or record._statement_name(journal, statement, ordered),
                    "reference": record.name,
                    "journal_id": journal.id,
                    "bridge_reckoned": not given,
                    **_balances(statement, ordered, own, waiting, currency),
                    "line_ids": [Command.set(own.ids)],
                }
            )
            self._attach_file(record, made)
            reckoned._bridge_gave_lines_to(made)
            made._bridge_reckon_after()
            waiting.statement_id = made
        # Those of an earlier import too, so that the list of imports leads to the lines of each.
        record.statement_ids |= ordered.statement_id
        waiting._remember_order(statement["ids"])
        line = ordered[-1]
        balance = {
            "date": fields.Date.to_string(line.date),
            "amount": amount_key(line.running_balance, currency.decimal_places),
        }
        return made.id or None, balance

    def _statement_name(self, journal, statement, ordered):
        return f"{journal.code} {(statement.get('closing') or {}).get('date') or ordered[-1].date}"

    def _standing(self, journal, identities, wholes):
        """The lines that stand for lines of a statement, each once: an entry may be one line here and several there."""
        wholes = wholes or [None] * len(identities)
        asked = [*identities, *filter(None, wholes)]
        known = self.env["bank.bridge.identity"]._known(journal, asked)
        parts = self.env["bank.bridge.whole"]._lines(journal, asked)
        found = {}
        for identity, whole in zip(identities, wholes):
            own = [known[identity]] if known.get(identity) else []
            for line in parts.get(identity) or parts.get(whole) or own or [known.get(whole)]:
                found[line] = True
            found.update(dict.fromkeys(own, True))
        return self.env["account.bank.statement.line"].browse([line for line in found if line])

    def _attach_file(self, record, statement):
        """Show the import's file on the statement. By SQL, since the field would hand the file over to the statement,
        and a file with several statements has one owner: its import."""
        if not record.attachment_id:
            return
        field = statement._fields["attachment_ids"]
        statement.flush_recordset()
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s, %s) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
                SQL.identifier(field.column2),
                statement.id,
                record.attachment_id.id,
            )
        )
        statement.invalidate_recordset(["attachment_ids"])


def _balances(statement, ordered, own, waiting, currency):
    """Opening and closing such that the statement of the own lines is complete where the bank's balances add up.

    A balance that the bank does not give follows from the other one and the lines; without any, Odoo reckons.
    """
    opening, closing = (decimal_of((statement.get(name) or {}).get("amount")) for name in ("opening", "closing"))
    amounts = {line: decimal_of(amount_key(line.amount, currency.decimal_places)) for line in ordered}
    if opening is None and closing is None:
        return {}
    if opening is None:
        opening = closing - sum(amounts.values()) - sum(decimal_of(held.payload["amount"]) for held in waiting)
    first_own = ordered.ids.index(own[0].id)
    start = opening + sum((amounts[line] for line in ordered[:first_own]), Decimal(0))
    elsewhere_after = len(ordered) - first_own > len(own)
    if elsewhere_after or closing is None:
        closing = start + sum(amounts[line] for line in own)
    return {"balance_start": float(start), "balance_end_real": float(closing)}


def decimal_of(text):
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        return None
