"""One bank file that somebody uploads: what the bridge sees in it, what has to be chosen, and what came of it."""

from odoo import api, fields, models

from .bank_bridge_upload import BUSY
from .file_words import needs_of, step_of, words_of

STATES = [
    ("waiting", "Waiting"),
    ("reading", "Reading"),
    ("refused", "Needs a Choice"),
    ("ready", "Ready"),
    ("importing", "Importing"),
    ("failed", "Failed"),
    ("done", "Imported"),
]
FORMATS = [
    ("coda", "CODA"),
    ("camt", "CAMT.053"),
    ("mt940", "MT940"),
    ("ofx", "OFX"),
    ("qif", "QIF"),
    ("csv", "CSV"),
    ("xlsx", "XLSX"),
]
# Without a sign of life for so long, a run is given up.
SILENT_MINUTES = 5


class BankBridgeUploadFile(models.TransientModel):
    _name = "bank.bridge.upload.file"
    _description = "Bank Bridge: uploaded file"
    _order = "id"
    _transient_max_hours = 48

    upload_id = fields.Many2one("bank.bridge.upload", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="upload_id.company_id", store=True)
    name = fields.Char(string="File", required=True, readonly=True)
    attachment_id = fields.Many2one("ir.attachment", string="Original File", readonly=True, ondelete="set null")
    state = fields.Selection(STATES, string="Status", required=True, readonly=True, default="waiting")
    run = fields.Char(
        readonly=True, copy=False, index="btree_not_null", help="The bridge's name of this run, for support."
    )
    asked = fields.Datetime(readonly=True)
    dry_run = fields.Boolean(readonly=True, default=True, help="Nothing is written by this run.")
    lost = fields.Boolean(compute="_compute_lost", help="The bridge does not report any more.")
    busy = fields.Boolean(compute="_compute_lost")

    # What the user says
    journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
    )
    force_journal = fields.Boolean(string="Import Although the Journal Has Another Account")
    accept_balance = fields.Boolean(string="Import Although the Balances Do Not Add Up")
    date_order = fields.Selection(
        [("dmy", "Day, Month, Year"), ("mdy", "Month, Day, Year"), ("ymd", "Year, Month, Day")], string="Order of Dates"
    )
    decimal_mark = fields.Selection([("comma", "Comma (1.234,56)"), ("point", "Point (1,234.56)")])
    format_choice = fields.Selection(FORMATS, string="Format to Read It As")

    # What went wrong
    code = fields.Char(readonly=True, help="The code to give to support.")
    args = fields.Json(readonly=True)
    english = fields.Char(readonly=True)
    place = fields.Json(string="Place as Data", readonly=True)
    place_text = fields.Char(string="Place", compute="_compute_words")
    message = fields.Char(compute="_compute_words")
    next_step = fields.Char(compute="_compute_words")
    support_line = fields.Char(compute="_compute_words", help="What support wants to know, in one line.")
    needs = fields.Char(compute="_compute_needs")

    # What the bridge sees
    format = fields.Selection([*FORMATS, ("zip", "ZIP")], readonly=True)
    statement_ids = fields.One2many("bank.bridge.upload.statement", "file_id", string="Bank Statements", readonly=True)
    line_ids = fields.One2many("bank.bridge.upload.line", "file_id", string="First Lines", readonly=True)
    facts = fields.Json(string="Facts as Data", readonly=True)
    facts_text = fields.Text(string="How the File Was Understood", compute="_compute_facts_text")
    findings = fields.Json(string="Findings as Data", readonly=True)
    findings_text = fields.Text(string="Findings", compute="_compute_findings_text")
    journal_names = fields.Char(string="Journals", readonly=True)
    count_statements = fields.Integer(string="Statements", readonly=True)
    count_lines = fields.Integer(string="Lines", readonly=True)
    count_new = fields.Integer(string="New", readonly=True)
    count_known = fields.Integer(string="Known", readonly=True, help="There from an earlier import of the same source.")
    count_matched = fields.Integer(
        string="Matched", readonly=True, help="There from another source or by hand, and recognised."
    )
    count_held = fields.Integer(
        string="Held", readonly=True, help="May be there from another source: somebody has to decide."
    )

    # What came of it
    import_id = fields.Many2one("bank.bridge.import", readonly=True, ondelete="set null")
    progress = fields.Float(compute="_compute_progress")
    result = fields.Char(compute="_compute_result")

    @api.depends("state", "asked", "import_id.write_date")
    def _compute_lost(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), minutes=SILENT_MINUTES)
        for file in self:
            alive = max(filter(None, [file.asked, file.import_id.sudo().write_date]), default=None)
            file.lost = file.state in BUSY and bool(alive) and alive < limit
        for file in self:
            at_work = file.upload_id.file_ids if file.state == "waiting" else file
            file.busy = any(one.state in BUSY and not one.lost for one in at_work)

    @api.depends("code", "args", "english", "lost", "place")
    @api.depends_context("lang")
    def _compute_words(self):
        for file in self:
            code = "BB-1026" if file.lost else file.code
            arguments = {"run": file.run} if file.lost else file.args
            file.message = code and words_of(self.env, code, arguments, file.english if not file.lost else None)
            file.next_step = code and step_of(self.env, code)
            asked = file.asked and f"{fields.Datetime.to_string(file.asked)} UTC"
            file.place_text = place_words(self.env, file.place)
            parts = [code, file.run and self.env._("run %s", file.run), file.place_text or file.name, asked]
            file.support_line = " · ".join(filter(None, parts)) if code else False

    @api.depends("code", "state", "statement_ids")
    def _compute_needs(self):
        for file in self:
            needs = needs_of(file.code) if file.state in ("refused", "failed") else set()
            if file.force_journal:
                needs.add("force")
            if file.accept_balance:
                needs.add("balance")
            # All statements of one file would come into the one journal.
            if len(set(file.statement_ids.mapped("account"))) > 1:
                needs.discard("force")
            file.needs = ",".join(sorted(needs))

    @api.depends("facts")
    def _compute_facts_text(self):
        for file in self:
            file.facts_text = "\n".join(
                f"{fact.get('about')}: {fact.get('found')}" + (f" ({fact['because']})" if fact.get("because") else "")
                for fact in file.facts or []
            )

    @api.depends("findings")
    @api.depends_context("lang")
    def _compute_findings_text(self):
        for file in self:
            file.findings_text = "\n".join(finding_words(self.env, finding) for finding in file.findings or [])

    @api.depends("import_id.count_created", "import_id.count_matched", "import_id.count_held", "state")
    def _compute_progress(self):
        for file in self:
            record = file.import_id.sudo()
            done = record.count_created + record.count_matched + record.count_held
            total = file.count_new + file.count_matched + file.count_held
            file.progress = 100 if file.state == "done" else min(100, 100 * done / total) if total else 0

    @api.depends("state", "count_new", "count_known", "count_matched", "count_held")
    @api.depends_context("lang")
    def _compute_result(self):
        for file in self:
            file.result = file.state == "done" and self.env._(
                "The file is imported: %(new)s new, %(known)s known, %(matched)s matched, %(held)s held.",
                new=file.count_new,
                known=file.count_known,
                matched=file.count_matched,
                held=file.count_held,
            )

    def unlink(self):
        """What was uploaded goes too: an import keeps its own copy."""
        attachments = self._own_attachments()
        result = super().unlink()
        attachments.unlink()
        return result

    def _own_attachments(self):
        """What was uploaded for these, beyond access rights; never a file of something else."""
        return self.sudo().attachment_id.filtered(
            lambda attachment: attachment.res_model == self._name and attachment.res_id in self.ids
        )


def place_words(env, place):
    """Where in a file, from what the bridge says."""
    place = place or {}
    parts = [place.get("file")]
    if place.get("statement"):
        parts.append(env._("statement %s", place["statement"]))
    if place.get("entry"):
        parts.append(env._("entry %s", place["entry"]))
    if place.get("line"):
        parts.append(env._("line %s", place["line"]))
    return ", ".join(filter(None, parts))


def finding_words(env, finding):
    """A finding in one line, in the user's language where it came with its arguments."""
    line = env._("(line %s)", finding["line"]) if finding.get("line") else None
    code = finding.get("code")
    words = words_of(env, code, finding.get("args"), finding.get("message"))
    member = finding.get("member")
    return " ".join(filter(None, [code, line, f"{member}:" if member else None, words]))
