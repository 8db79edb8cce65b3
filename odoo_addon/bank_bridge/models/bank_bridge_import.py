"""A run of the bridge over one file or one online connection, as accountants see it in the list of imports."""

from odoo import api, fields, models
from odoo.release import series

from .refusal import Refusal, bridge_method

PROTOCOL = 2
STATES = [("running", "Running"), ("done", "Done"), ("failed", "Failed")]
COUNTS = ("statements", "lines", "created", "duplicate", "matched", "held")
# A run that has shown no life for so long was cut off.
LOST_AFTER_HOURS = 24


class BankBridgeImport(models.Model):
    _name = "bank.bridge.import"
    _description = "Bank Bridge: import"
    _order = "id desc"

    name = fields.Char(string="File or Bank", readonly=True, required=True)
    run = fields.Char(readonly=True, required=True, copy=False, help="The bridge's name of this run, for support.")
    sha256 = fields.Char(string="SHA-256", readonly=True, index="btree_not_null")
    source = fields.Char(readonly=True, help="The format of the file, or the provider.")
    state = fields.Selection(STATES, readonly=True, required=True, default="running")
    code = fields.Char(readonly=True, help="The code to give to support.")
    message = fields.Char(readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    company_ids = fields.Many2many("res.company", string="Companies", readonly=True)
    journal_ids = fields.Many2many("account.journal", string="Journals", readonly=True)
    started = fields.Datetime(readonly=True, default=fields.Datetime.now)
    ended = fields.Datetime(readonly=True)
    count_statements = fields.Integer(string="Statements", readonly=True)
    count_lines = fields.Integer(string="Lines", readonly=True)
    count_created = fields.Integer(string="New", readonly=True)
    count_duplicate = fields.Integer(
        string="Known", readonly=True, help="There from an earlier import of the same source."
    )
    count_matched = fields.Integer(
        string="Matched", readonly=True, help="There from another source or by hand, and recognised."
    )
    count_held = fields.Integer(string="Held", readonly=True)
    findings = fields.Json(string="Findings as Data", readonly=True)
    findings_text = fields.Text(string="Findings", compute="_compute_findings_text")
    attachment_id = fields.Many2one("ir.attachment", string="Original File", readonly=True, ondelete="set null")
    statement_ids = fields.Many2many(
        "account.bank.statement", "bank_bridge_import_statement", string="Bank Statements", readonly=True
    )
    identity_ids = fields.One2many("bank.bridge.identity", "import_id", string="Transactions", readonly=True)
    held_ids = fields.One2many("bank.bridge.held", "import_id", string="Held Lines", readonly=True)

    _run = models.UniqueIndex("(run)")

    @api.depends("findings")
    def _compute_findings_text(self):
        for record in self:
            record.findings_text = "\n".join(
                " ".join(
                    filter(
                        None,
                        [
                            finding.get("code"),
                            self.env._("(line %s)", finding["line"]) if finding.get("line") else None,
                            finding.get("message"),
                        ],
                    )
                )
                for finding in record.findings or []
            )

    # What the bridge's methods share

    def _of_run(self, run):
        """The import of that run, if all its companies are the caller's."""
        return self.search([("run", "=", run)]).filtered(lambda record: record.company_ids <= self.env.user.company_ids)

    def _open_run(self, run):
        record = self._of_run(run)
        if record.state != "running":
            raise Refusal("BB-4012", run=run)
        return record

    def _counts(self):
        return {name: self["count_" + name] for name in COUNTS}

    @api.autovacuum
    def _give_up_lost_runs(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), hours=LOST_AFTER_HOURS)
        for record in self.search([("state", "=", "running"), ("write_date", "<", limit)]):
            record.write(
                {
                    "state": "failed",
                    "code": "BB-4012",
                    "message": self.env._(
                        "The bridge was cut off. Repeat the import: what was already written is recognised."
                    ),
                    "ended": fields.Datetime.now(),
                }
            )

    # Called by the bridge

    @api.model
    @bridge_method
    def bridge_check(self, *, protocol):
        """Who is at the other end, and do both speak the same protocol?"""
        if protocol != PROTOCOL:
            raise Refusal("BB-4005", found=PROTOCOL, expected=protocol)
        return {
            "protocol": PROTOCOL,
            "addon": self.env["ir.module.module"].search([("name", "=", "bank_bridge")]).latest_version,
            "series": series,
            "database_uuid": self.env["ir.config_parameter"].get_param("database.uuid"),
            "user": self.env.user.login,
            "companies": self.env.user.company_ids.mapped("name"),
        }

    @api.model
    @bridge_method
    def bridge_close(self, *, run, state, code=None, message=None, counts=None, findings=None):
        """The run has ended. Saying it twice does no harm."""
        record = self._of_run(run)
        if not record:
            raise Refusal("BB-4012", run=run)
        if record.state == "running":
            record.write(
                {
                    "state": state,
                    "code": code,
                    "message": message,
                    "ended": fields.Datetime.now(),
                    "findings": findings or [],
                    **{"count_" + name: value for name, value in (counts or {}).items() if name in COUNTS},
                }
            )
        return {"import": record.id, "state": record.state}

    @api.model
    @bridge_method
    def bridge_status(self, *, run):
        record = self._of_run(run)
        if not record:
            raise Refusal("BB-1007", run=run)
        return record._as_json()

    @api.model
    @bridge_method
    def bridge_runs(self, *, limit=20):
        """The last imports of the caller's companies."""
        companies = self.env.user.company_ids
        return {
            "runs": [record._as_json() for record in self.search([], limit=limit) if record.company_ids <= companies]
        }

    def _as_json(self):
        return {
            "import": self.id,
            "run": self.run,
            "file": self.name,
            "source": self.source or None,
            "state": self.state,
            "code": self.code or None,
            "message": self.message or None,
            "counts": self._counts(),
            "started": fields.Datetime.to_string(self.started),
            "ended": fields.Datetime.to_string(self.ended) if self.ended else None,
        }

    @api.model
    @bridge_method
    def bridge_confirm(self, *, ok, code=None, message=None):
        """The bridge has tried the key of its registration: it works, or it does not and why."""
        registration = self.env["bank.bridge.registration"]._get()
        if self.env.user != registration.user_id:
            raise Refusal("BB-4006", user=self.env.user.login, right="bridge_confirm")
        registration._confirm(ok, code, message)
        return {"state": registration.state}
