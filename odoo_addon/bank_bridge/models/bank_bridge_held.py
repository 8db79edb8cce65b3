"""Lines that may already be in Odoo from another source: a person decides, nothing is guessed."""

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_date

from . import comparison, line_values
from .recognition import MATCHED, NEW, source_family

GROUP_DECIDE = "account.group_account_basic"


class BankBridgeHeld(models.Model):
    _name = "bank.bridge.held"
    _description = "Bank Bridge: held line"
    _order = "date, id"
    _rec_name = "payment_ref"

    import_id = fields.Many2one("bank.bridge.import", readonly=True, index=True, ondelete="set null")
    journal_id = fields.Many2one("account.journal", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="journal_id.company_id")
    identity = fields.Char(required=True, readonly=True)
    source = fields.Char(required=True, readonly=True)
    state = fields.Selection([("open", "To Decide"), ("settled", "Settled")], default="open", readonly=True)
    date = fields.Date(string="Booking Date", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_name = fields.Char(string="Counterparty", readonly=True)
    account_number = fields.Char(string="Counterparty Account", readonly=True)
    payment_ref = fields.Char(string="Label", readonly=True)
    payload = fields.Json(readonly=True, help="The line as the bank gave it.")
    next_identities = fields.Json(readonly=True, help="The lines that follow it in the statement.")
    statement_id = fields.Many2one("account.bank.statement", readonly=True, index="btree_not_null", ondelete="set null")
    candidate_ids = fields.Many2many(
        "account.bank.statement.line", "bank_bridge_held_candidate", string="Candidates", readonly=True
    )
    chosen_id = fields.Many2one(
        "account.bank.statement.line",
        string="Is This Transaction",
        domain="[('id', 'in', candidate_ids)]",
        ondelete="set null",
        index="btree_not_null",
    )
    line_id = fields.Many2one(
        "account.bank.statement.line", string="Transaction", readonly=True, ondelete="set null", index="btree_not_null"
    )

    comparison = fields.Html(compute="_compute_comparison", sanitize=False)

    _journal_identity = models.UniqueIndex("(journal_id, identity)")

    @api.depends("candidate_ids", "chosen_id", "line_id", "date", "partner_name", "account_number", "payment_ref")
    def _compute_comparison(self):
        for held in self:
            lines = held.candidate_ids if held.state == "open" else held.line_id
            sources = lines._bridge_sources()
            ours = {
                "date": held.date,
                "counterparty": held.partner_name,
                "account": held.account_number,
                "text": held.payment_ref,
                "source": comparison.source_words(self.env, [source_family(held.source)]),
            }
            others = [
                (self.env._("In Odoo (%s)", number), comparison.of_line(line, sources.get(line.id), self.env))
                for number, line in enumerate(lines, start=1)
            ]
            held.comparison = comparison.table(self.env, self.env._("The Bank Says"), ours, others)

    def write(self, vals):
        # An accountant chooses among the candidates; all else is the bank's.
        if not self.env.su and set(vals) - {"chosen_id"}:
            raise AccessError(self.env._("Only the transaction can be chosen on a held line."))
        return super().write(vals)

    # Kept by a push

    def _keep(self, record, journal, source, lines, held):
        """Remember held lines, once each; settle those that a later push could place."""
        before = {
            known.identity: known
            for known in self.search(
                [("journal_id", "=", journal.id), ("identity", "in", [line["id"] for line in lines])]
            )
        }
        new = []
        for line, candidates in held:
            counterparty = line.get("counterparty") or {}
            values = {
                "import_id": record.id,
                "state": "open",
                "candidate_ids": [Command.set(candidates)],
                "chosen_id": candidates[0] if len(candidates) == 1 else False,
                "line_id": False,
            }
            known = before.pop(line["id"], None)
            if known:
                known.write(values)
                continue
            new.append(
                {
                    **values,
                    "journal_id": journal.id,
                    "identity": line["id"],
                    "source": source,
                    "date": line["date"],
                    "amount": float(line["amount"]),
                    "currency_id": record._journal_currency(journal).id,
                    "partner_name": counterparty.get("name"),
                    "account_number": counterparty.get("account"),
                    "payment_ref": line_values.label(line),
                    "payload": line,
                }
            )
        self.create(new)
        placed = self.env["bank.bridge.identity"]._known(journal, before)
        for identity, known in before.items():
            if known.state == "open" and placed.get(identity):
                known.write({"state": "settled", "line_id": placed[identity]})

    def _remember_order(self, identities):
        """So that a line imported later takes its place among those of its day."""
        position = {identity: index for index, identity in enumerate(identities)}
        for held in self:
            held.next_identities = identities[position[held.identity] + 1 :][:50]

    # Decided by an accountant

    def _begin(self):
        self.ensure_one()
        if not self.env.su and not self.env.user.has_group(GROUP_DECIDE):
            raise AccessError(self.env._("Only an accountant can decide on held lines."))
        self.check_access("read")
        held = self.sudo().with_company(self.company_id)
        self.env["bank.bridge.turn"].sudo()._take(held.journal_id)
        if held.state != "open" or self.env["bank.bridge.identity"].sudo()._known(held.journal_id, [held.identity]):
            raise UserError(self.env._("This line is settled already."))
        return held

    def action_import(self):
        """It is a transaction of its own: import it, and go on to the next one."""
        self.ensure_one()
        self._import_as_new()
        return self._next()

    def action_import_several(self):
        """Each of them is a transaction of its own; all are imported or, where one cannot be, none."""
        for held in self.sorted(lambda held: (held.date, held.id)):
            held._import_as_new()
        return True

    def action_same(self):
        """It is the transaction chosen: remember that, import nothing, and go on to the next one."""
        held = self._begin()
        if not held.chosen_id or held.chosen_id not in held.candidate_ids:
            raise UserError(self.env._("Choose first which transaction it is."))
        held._settle(held.chosen_id, alias=True)
        return self._next()

    def _import_as_new(self):
        held = self._begin()
        record = held.env["bank.bridge.import"]
        locked = record._locked(held.journal_id, [fields.Date.to_string(held.date)])
        if locked:
            raise UserError(
                self.env._(
                    "“%(label)s” is of %(date)s, and the books are closed up to %(locked)s (BB-4106).",
                    label=held.payment_ref,
                    date=format_date(self.env, held.date),
                    locked=format_date(self.env, locked["locked_until"]),
                )
            )
        lines, outcome = [held.payload], [(NEW, None, [])]
        following = held.env["bank.bridge.identity"]._known(held.journal_id, held.next_identities or [])
        for identity in held.next_identities or []:
            line = held.env["account.bank.statement.line"].browse(following.get(identity))
            if line.date == held.date:
                lines.append({"id": identity, "date": held.payload["date"]})
                outcome.append((MATCHED, line.id, []))
                break
        created = record._create_lines(held.journal_id, lines, outcome)
        held._settle(created, alias=False)

    def _next(self):
        """The next one to decide on, of this journal first; the list when there is none."""
        following = self.search([("state", "=", "open"), ("company_id", "in", self.env.companies.ids)])
        following = following.sorted(lambda held: (held.journal_id != self.journal_id, held.date, held.id))
        action = self.env["ir.actions.act_window"]._for_xml_id("bank_bridge.action_held")
        if following:
            action.update(res_id=following[0].id, views=[(False, "form")], view_mode="form")
        return {**action, "target": "main"}

    def _settle(self, line, alias):
        self.env["bank.bridge.identity"]._reserve(
            self.journal_id,
            source_family(self.source),
            self.import_id,
            [(self.identity, fields.Date.to_string(self.date), alias, line.id)],
        )
        self._settle_whole(line, alias)
        if self.statement_id and not line.statement_id:
            line.statement_id = self.statement_id
        self.write({"state": "settled", "line_id": line.id})
        counts = self.import_id
        if counts:
            name = "count_matched" if alias else "count_created"
            counts.write({"count_held": max(counts.count_held - 1, 0), name: counts[name] + 1})

    def _settle_whole(self, line, alias):
        """Remember what a part of an entry means for the entry; a line that is all of it settles its other parts."""
        whole = self.payload.get("whole")
        if not whole:
            return
        day = fields.Date.to_string(self.date)
        same = self.currency_id.compare_amounts
        if not alias or same(line.amount, self.amount) == 0 or same(line.amount, float(whole["amount"])):
            self.env["bank.bridge.whole"]._remember(self.journal_id, [(whole["id"], day, line.id)])
            return
        identities = self.env["bank.bridge.identity"]
        if identities._known(self.journal_id, [whole["id"]]):
            return
        family = source_family(self.source)
        identities._reserve(self.journal_id, family, self.import_id, [(whole["id"], day, True, line.id)])
        parts = self.search([("journal_id", "=", self.journal_id.id), ("date", "=", self.date), ("state", "=", "open")])
        for part in parts - self:
            if (part.payload.get("whole") or {}).get("id") == whole["id"]:
                part._settle(line, alias=True)
