"""Opening an import: finds each statement's journal and checks it before anything is written."""

import base64
import binascii

from odoo import Command, api, models

from .recognition import account_key
from .refusal import Refusal, bridge_method

JOURNAL_TYPES = ("bank", "cash", "credit")


class BankBridgeImport(models.Model):
    _inherit = "bank.bridge.import"

    @api.model
    @bridge_method
    def bridge_open(self, *, run, file, source, statements, journal=None, force_journal=False, dry_run=False):
        """Begin the import of one file. Repeating the call, e.g. when its answer was lost, changes nothing.

        `run`: the bridge's id of the run. `file`: {"name", "sha256", "size", "content": base64 or None}. `journal`: code,
        COMPANY/CODE or None to go by the account. `statements`: [{"account": {"iban", "number", "bic", "currency",
        "holder"}, "number", "opening", "closing", "lines", "currencies", "first", "last"}].
        Answers {"import": id or None, "statements": [{"journal": {"id", "code", "name", "company", "currency"}}]}.
        """
        journals = [self._find_journal(statement, journal, force_journal) for statement in statements]
        answer = {"import": None, "statements": [{"journal": self._journal_json(found)} for found in journals]}
        if dry_run:
            return answer
        record = self.search([("run", "=", run)])
        if record and (record.state != "running" or record.sha256 != file.get("sha256")):
            raise Refusal("BB-4012", run=run)
        if not record:
            content = None
            if file.get("content"):
                try:
                    content = base64.b64decode(file["content"], validate=True)
                except (binascii.Error, ValueError) as error:
                    raise Refusal("BB-1016") from error
            used = self.env["account.journal"].union(*journals)
            record = self.create(
                {
                    "name": file.get("name") or "?",
                    "run": run,
                    "sha256": file.get("sha256"),
                    "source": source,
                    "user_id": self.env.uid,
                    "company_ids": [Command.set(used.company_id.ids)],
                    "journal_ids": [Command.set(used.ids)],
                    "count_statements": len(statements),
                    "count_lines": sum(statement.get("lines") or 0 for statement in statements),
                }
            )
            if content is not None:
                record.attachment_id = self.env["ir.attachment"].create(
                    {"name": record.name, "raw": content, "res_model": record._name, "res_id": record.id}
                )
        answer["import"] = record.id
        return answer

    # Which journal?

    def _find_journal(self, statement, named, force):
        account = statement.get("account") or {}
        label = account.get("iban") or account.get("number")
        keys = {account_key(account.get("iban")), account_key(account.get("number"))} - {None}
        if named:
            journal = self._named_journal(named, keys, label)
            theirs = account_key(journal.bank_account_id.sanitized_acc_number)
            if keys and theirs and theirs not in keys and not force:
                raise Refusal(
                    "BB-4111", journal=journal.code, journal_account=journal.bank_account_id.acc_number, account=label
                )
        else:
            journal = self._journal_of_account(keys, label, account.get("currency"))
        self._check_currency(journal, {account.get("currency"), *(statement.get("currencies") or [])} - {None, ""})
        if not journal.suspense_account_id:
            raise Refusal("BB-4105", journal=journal.code)
        return journal

    def _usable_journals(self, domain):
        return self.env["account.journal"].search(
            [("type", "in", JOURNAL_TYPES), ("company_id", "in", self.env.user.company_ids.ids), *domain]
        )

    def _named_journal(self, named, keys, label):
        company, slash, code = named.rpartition("/")
        found = self._usable_journals(
            [("code", "=ilike", code.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))]
        )
        if slash:
            found = found.filtered(lambda journal: journal.company_id.name.casefold() == company.strip().casefold())
        if not found:
            raise Refusal("BB-4102", journal=named)
        if len(found) > 1:
            # The same code in several companies: the account may decide.
            of_account = found.filtered(
                lambda journal: account_key(journal.bank_account_id.sanitized_acc_number) in keys
            )
            found = of_account if len(of_account) == 1 else found
        if len(found) > 1:
            raise Refusal("BB-4109", account=label or named, journals=self._journal_names(found))
        return found

    def _journal_of_account(self, keys, label, currency):
        if not keys:
            raise Refusal("BB-4108")
        found = self._usable_journals([("bank_account_id", "!=", False)]).filtered(
            lambda journal: account_key(journal.bank_account_id.sanitized_acc_number) in keys
        )
        if not found:
            raise Refusal("BB-4101", account=label)
        if len(found) > 1 and currency:
            # One account number in several currencies is one journal each.
            of_currency = found.filtered(lambda journal: self._journal_currency(journal).name == currency)
            found = of_currency or found
        if len(found) > 1:
            code = "BB-4109" if len(found.company_id) > 1 else "BB-4104"
            raise Refusal(code, account=label, journals=self._journal_names(found))
        return found

    def _check_currency(self, journal, names):
        own = self._journal_currency(journal)
        for name in sorted(names):
            if name == own.name and own.active:
                continue
            if not self.env["res.currency"].search_count([("name", "=", name)], limit=1):
                raise Refusal("BB-4110", currency=name)
            raise Refusal("BB-4103", journal=journal.code, journal_currency=own.name, currency=name)

    def _journal_currency(self, journal):
        return journal.currency_id or journal.company_id.currency_id

    def _journal_names(self, journals):
        return ", ".join(f"{journal.company_id.name}/{journal.code}" for journal in journals)

    def _journal_json(self, journal):
        return {
            "id": journal.id,
            "code": journal.code,
            "name": journal.name,
            "company": journal.company_id.name,
            "currency": self._journal_currency(journal).name,
        }
