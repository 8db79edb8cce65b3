"""Who may do what with each model of the addon. A model without a row here fails, and so does a public method that
somebody without a right can call."""

import inspect

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .online import OnlineCase

NOBODY = ""
READ = "r"
# Letters: read, write, create, unlink. Roles: accountant, administrator of accounting, auditor, Odoo's administrator.
# Billing users, portal users and visitors may do nothing with any model.
RIGHTS = {
    "bank.bridge.import": (READ, READ, READ, NOBODY),
    "bank.bridge.identity": (READ, READ, READ, NOBODY),
    "bank.bridge.whole": (READ, READ, READ, NOBODY),
    "bank.bridge.held": ("rw", "rw", READ, NOBODY),
    "bank.bridge.turn": (NOBODY, NOBODY, NOBODY, NOBODY),
    "bank.bridge.registration": (NOBODY, NOBODY, NOBODY, "rw"),
    "bank.bridge.connection": (READ, "rwcu", READ, NOBODY),
    "bank.bridge.account": ("rw", "rw", READ, NOBODY),
    "bank.bridge.credentials": (NOBODY, "rwcu", NOBODY, NOBODY),
    # Connecting a bank, with the lists of banks and the codes sent on the way.
    "bank.bridge.setup": (NOBODY, "rwcu", NOBODY, NOBODY),
    "bank.bridge.setup.choice": (NOBODY, "rwcu", NOBODY, NOBODY),
    "bank.bridge.setup.account": (NOBODY, "rwcu", NOBODY, NOBODY),
    "bank.bridge.contact": (NOBODY, "rwcu", NOBODY, NOBODY),
    "bank.bridge.code": (NOBODY, NOBODY, NOBODY, NOBODY),
    "bank.bridge.institution": (NOBODY, READ, NOBODY, NOBODY),
    "bank.bridge.institution.list": (NOBODY, NOBODY, NOBODY, NOBODY),
    # Files that are uploaded, and taking back what they brought.
    "bank.bridge.upload": ("rwcu", "rwcu", NOBODY, NOBODY),
    "bank.bridge.upload.file": ("rwcu", "rwcu", NOBODY, NOBODY),
    "bank.bridge.upload.statement": ("ru", "ru", NOBODY, NOBODY),
    "bank.bridge.upload.line": ("ru", "ru", NOBODY, NOBODY),
    "bank.bridge.upload.column": ("rw", "rw", NOBODY, NOBODY),
    "bank.bridge.preset": ("rwcu", "rwcu", NOBODY, NOBODY),
    "bank.bridge.undo": ("rwcu", "rwcu", NOBODY, NOBODY),
    # Transactions that may be there twice.
    "bank.bridge.pair": (READ, READ, READ, NOBODY),
    "bank.bridge.duplicates": ("rwcu", "rwcu", NOBODY, NOBODY),
    "bank.bridge.duplicate": ("rw", "rw", NOBODY, NOBODY),
    # Statements that are missing.
    "bank.bridge.missing": ("rwcu", "rwcu", NOBODY, NOBODY),
    "bank.bridge.gap": (READ, READ, NOBODY, NOBODY),
}
ROLES = (
    "account.group_account_basic",
    "account.group_account_manager",
    "account.group_account_readonly",
    "base.group_system",
)
OUTSIDERS = ("account.group_account_invoice", "base.group_user", "base.group_portal", "base.group_public")
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
# Models that no rule limits to a company or to a user's own records, and why.
NO_RULE = {
    "bank.bridge.turn": "only the addon itself reaches it",
    "bank.bridge.registration": "there is one of a whole database, for its administrators",
    "bank.bridge.code": "only the addon itself reaches it",
    "bank.bridge.institution": "the banks that can be read online, of no company and known to everybody",
    "bank.bridge.institution.list": "only the addon itself reaches it",
}
# Public because others call them: the bridge's methods check their caller themselves, as the tests of access show.
OF_THE_BRIDGE = "bridge_"
BUTTONS = ("action_", "button_")


@tagged("post_install", "-at_install", "bank_bridge")
class TestRights(OnlineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            group: new_test_user(cls.env, f"rights_{index}", group, company_id=cls.company.id)
            for index, group in enumerate((*ROLES, *OUTSIDERS))
        }
        cls.line = cls.env["account.bank.statement.line"].create(
            {"journal_id": cls.journal.id, "date": "2026-03-02", "amount": 5, "payment_ref": "rights"}
        )
        cls.statement = cls.env["account.bank.statement"].create({"line_ids": [Command.set(cls.line.ids)]})
        cls.known = {
            record._name: record
            for record in (
                cls.company,
                cls.company.currency_id,
                cls.company.partner_id,
                cls.journal,
                cls.line,
                cls.statement,
                cls.connection,
                cls.users[ROLES[1]],
                cls.env["bank.bridge.registration"]._get(),
            )
        }

    def setUp(self):
        super().setUp()
        self.known = dict(self.known)

    def ours(self):
        """The models that the addon makes."""
        return [
            name
            for name, model in self.env.registry.items()
            if model._original_module == "bank_bridge" and not model._abstract
        ]

    def sample(self, name):
        """A record of that model in the first company, with what it cannot do without; its maker may do all."""
        if name not in self.known:
            model = self.env[name].with_user(self.users[ROLES[1]]).sudo()
            given = model.default_get(list(model._fields))
            values = {}
            for field in model._fields.values():
                if field.name == "company_ids" and field.store:
                    values[field.name] = [Command.set(self.company.ids)]
                elif field.required and field.store and not field.related and field.name not in given:
                    values[field.name] = self.value(field)
            self.known[name] = model.create(values)
        return self.known[name]

    def value(self, field):
        if field.type == "many2one":
            return self.sample(field.comodel_name).id
        if field.type == "selection":
            return field.get_values(self.env)[0]
        if field.type in ("date", "datetime"):
            return fields.Date.to_date("2026-03-02")
        if field.type == "many2many":
            return [Command.set(self.sample(field.comodel_name).ids)]
        return 1 if field.type in ("integer", "float", "monetary") else "rights"

    def test_every_model_has_a_row(self):
        self.assertEqual(set(self.ours()) - set(RIGHTS), set())

    def test_table(self):
        for name in set(self.ours()) & set(RIGHTS):
            rights = RIGHTS[name]
            for group, letters in (*zip(ROLES, rights), *((outsider, NOBODY) for outsider in OUTSIDERS)):
                model = self.env[name].with_user(self.users[group])
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=name, group=group, operation=operation):
                        self.assertEqual(model.has_access(operation), letter in letters)

    def test_every_model_has_an_access_line(self):
        for name in self.ours():
            lines = self.env["ir.model.access"].search([("model_id.model", "=", name)])
            self.assertTrue(lines, name)
            self.assertTrue(all(lines.mapped("group_id")), f"{name}: a line for everybody")

    def test_every_model_has_a_rule(self):
        for name in self.ours():
            rules = self.env["ir.rule"].search([("model_id.model", "=", name), ("groups", "=", False)])
            if name in NO_RULE:
                self.assertFalse(rules, name)
                continue
            word = "create_uid" if self.env[name]._transient else "company_ids"
            with self.subTest(model=name, word=word):
                self.assertTrue(any(word in rule.domain_force for rule in rules))

    def test_other_company(self):
        """Neither an accountant nor an administrator of accounting of another company sees anything."""
        for name in sorted(set(self.ours()) - set(NO_RULE)):
            record = self.sample(name)
            for user in self.of_other_company():
                model = self.env[name].with_user(user)
                if model.has_access("read"):
                    with self.subTest(model=name, user=user.login):
                        self.assertFalse(model.search([("id", "=", record.id)]))
                        with self.assertRaises(AccessError):
                            model.browse(record.id).check_access("read")

    def test_own_records_only(self):
        """What one user enters in a dialogue, a colleague with the same rights cannot read."""
        colleague = new_test_user(self.env, "rights_colleague", ROLES[1], company_id=self.company.id)
        for name in self.ours():
            if self.env[name]._transient and name not in NO_RULE:
                record = self.sample(name)
                self.assertEqual(record.create_uid, self.users[ROLES[1]])
                with self.subTest(model=name), self.assertRaises(AccessError):
                    record.with_user(colleague).check_access("read")

    def of_other_company(self):
        if not hasattr(self, "elsewhere"):
            company = self.second_company()
            self.elsewhere = [
                new_test_user(
                    self.env,
                    f"rights_elsewhere_{index}",
                    group,
                    company_id=company.id,
                    company_ids=[Command.set(company.ids)],
                )
                for index, group in enumerate(ROLES[:2])
            ]
        return self.elsewhere

    # Methods that anybody with a session can call

    def public_methods(self):
        """(model, name, function) of each public method that the addon itself writes."""
        for name, model in self.env.registry.items():
            for base in model.mro():
                if not base.__module__.startswith("odoo.addons.bank_bridge.") or ".tests." in base.__module__:
                    continue
                for attribute, function in vars(base).items():
                    if inspect.isfunction(function) and not attribute.startswith("_"):
                        yield name, attribute, function, model

    def test_public_methods_are_few(self):
        """A method is private unless a button, the bridge or Odoo's own code calls it."""
        for name, attribute, _function, model in self.public_methods():
            if not attribute.startswith((*BUTTONS, OF_THE_BRIDGE)):
                overridden = any(
                    attribute in vars(base)
                    for base in model.mro()
                    if not base.__module__.startswith("odoo.addons.bank_bridge.")
                )
                self.assertTrue(overridden, f"{name}.{attribute} is public")

    def test_buttons_refuse_outsiders(self):
        pressed = 0
        for name, attribute, function, _model in self.public_methods():
            if not attribute.startswith(BUTTONS) or self.env[name]._abstract:
                continue
            further = [None] * (len(inspect.signature(function).parameters) - 1)
            users = [self.users[group] for group in OUTSIDERS]
            if not getattr(function, "_api_model", False):
                users += self.of_other_company()
            # Some buttons stand in the form of another record.
            record = self.sample(name).with_context(bank_bridge_held=self.sample("bank.bridge.held").id)
            for user in users:
                with self.subTest(method=f"{name}.{attribute}", user=user.login):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        getattr(record.with_user(user), attribute)(*further)
                    pressed += 1
        self.assertGreater(pressed, 40)
