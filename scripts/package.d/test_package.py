"""Each rule that packs the addon for another major, and what stops it."""

import ast
import io
import unittest
import zipfile
from pathlib import Path

from access_rules import access_of_twenty
from basics import MAJORS, NATIVE, Unknown
from checks import check_python, check_script, check_xml, own_names, own_xml_ids, references
from facts import ABSENT, COMPAT, IMPORTS, INTERNALS, OLDER_NAMES, WIDGETS, XML_IDS
from lxml import etree
from package import PROJECT, build, overlays, packed, source_for, stamp
from python_rules import rewrite_python
from rewrite import models_with_activities, rewrite_table, rewrite_terms
from xml_rules import older_path, rewrite_xml


def python(text, major, path="models/one.py"):
    return rewrite_python(path, text, major)


class TestPython(unittest.TestCase):
    def test_native_text_keeps_its_bytes(self):
        text = "from odoo import models\n\n\nclass A(models.Model):\n    _name = 'a'\n"
        for major in MAJORS:
            self.assertEqual(python(text, major), text)

    def test_imports(self):
        text = "from odoo.fields import Domain\nfrom odoo.exceptions import AccessError, ConcurrencyError as Race\n"
        self.assertEqual(
            python(text, 18),
            "from ..compat import Domain\nfrom odoo.exceptions import AccessError\nfrom ..compat import ConcurrencyError as Race\n",
        )
        self.assertEqual(python("def f():\n    from odoo.fields import Domain\n", 17, "hooks.py"), "def f():\n    from .compat import Domain\n")
        self.assertEqual(python(text, 19), text)
        lazy = "from odoo.tools.translate import LazyTranslate\n"
        self.assertEqual(python(lazy, 18), lazy)
        self.assertEqual(python(lazy, 17), "from ..compat import LazyTranslate\n")

    def test_sql_objects(self):
        text = (
            "from odoo import models\n\n\nclass A(models.Model):\n"
            '    _name = "a"\n'
            "    # Why it is so.\n"
            '    _one = models.Constraint("CHECK (n > 0)", "More than none.")\n'
            '    _two = models.UniqueIndex("(a, b)")\n'
            "    _three = models.Index(\n"
            '        "(c) WHERE d"\n'
            "    )\n"
            '    _four = models.UniqueIndex("(e)", "Once only.")\n\n'
            "    def f(self):\n        pass\n"
        )
        made = python(text, 18)
        self.assertEqual(
            made,
            "from odoo import models\nfrom ..compat import make_index\n\n\nclass A(models.Model):\n"
            '    _name = "a"\n'
            "    # Why it is so.\n"
            "    _sql_constraints = [\n"
            "        ('one', 'CHECK (n > 0)', 'More than none.'),\n"
            "        ('four', 'UNIQUE (e)', 'Once only.'),\n"
            "    ]\n\n"
            "    def f(self):\n        pass\n\n"
            "    def init(self):\n"
            "        make_index(self, 'two', '(a, b)', unique=True)\n"
            "        make_index(self, 'three', '(c) WHERE d', unique=False)\n"
            "        return super().init()\n",
        )
        self.assertEqual(python(text, 19), text)
        last = 'import a\n\n\nclass A(models.Model):\n    a = 1\n\n    _two = models.UniqueIndex("(a, b)")\n\n\nclass B:\n    pass\n'
        self.assertIn("    a = 1\n\n\n    def init(self):\n", python(last, 18))
        self.assertIn("super().init()\n\n\nclass B", python(last, 18))
        with self.assertRaisesRegex(Unknown, "init of its own"):
            python(text + "\n    def init(self):\n        pass\n", 18)
        for bad in ('models.Constraint(f"{a}", "b")', 'models.Constraint("a", lambda env, diag: "b")', 'models.Index("(a)", "b")'):
            with self.assertRaises(Unknown):
                python(f"class A(models.Model):\n    _a = {bad}\n", 18)

    def test_translations(self):
        text = (
            "from odoo import models\n\n\ndef f(self, words):\n"
            '    a = self.env._("One %s", words.env._("two"))\n'
            "    return words.env._(a), self.env(user=1)._\n"
        )
        self.assertEqual(
            python(text, 17),
            "from odoo import models\nfrom ..compat import _lt, translate, translator\n\n\ndef f(self, words):\n"
            '    a = translate(self.env, _lt("One %s"), translate(words.env, _lt("two")))\n'
            "    return translate(words.env, a), translator(self.env(user=1))\n",
        )
        self.assertEqual(python(text, 18), text)
        with self.assertRaisesRegex(Unknown, "at run time"):
            python('self.env._(f"a {b}")\n', 17)

    def test_access(self):
        text = 'import os\n\n(\n    a\n    | b\n).check_access("read")\nif c.has_access(d):\n    pass\n'
        made = python(text, 17)
        self.assertEqual(
            made,
            'import os\nfrom ..compat import check_access, has_access\n\ncheck_access((\n    a\n    | b\n), "read")\n'
            "if has_access(c, d):\n    pass\n",
        )
        self.assertEqual(python(text, 18), text)

    def test_names(self):
        text = 'a = {"group_ids": user.all_group_ids, "b": "user_id.group_ids"}\n'
        self.assertEqual(python(text, 18), 'a = {"groups_id": user.groups_id, "b": "user_id.groups_id"}\n')
        text = 'new_test_user("a", groups="base.group_user,account.group_account_basic")\n'
        self.assertEqual(python(text, 17), 'new_test_user("a", groups="base.group_user,account.group_account_user")\n')
        self.assertEqual(python(text, 18), text)
        text = 'company.hard_lock_date = "2026-01-01"\n'
        self.assertEqual(python(text, 17), text)
        self.assertIn("fiscalyear_lock_date", python(text, 17, "tests/test_one.py"))

    def test_views_and_routes(self):
        text = 'a = {"view_mode": "list,form", "views": [(False, "list"), (b, "form")]}\n'
        self.assertEqual(python(text, 17), 'a = {"view_mode": "tree,form", "views": [(False, "tree"), (b, "form")]}\n')
        self.assertEqual(python(text, 18), text)
        self.assertEqual(python('a["views"] = [b, (c, "list")]\n', 17), 'a["views"] = [b, (c, "tree")]\n')
        self.assertEqual(python('a = "a list", "list_id", "list,of"\n', 17), 'a = "a list", "list_id", "list,of"\n')
        text = '@http.route("/a", type="jsonrpc")\ndef f():\n    pass\n'
        self.assertIn('type="json"', python(text, 18))

    def test_lock_dates(self):
        self.assertEqual(
            python("c._get_violated_lock_dates(day, False, journal)\n", 17), "c._get_violated_lock_dates(day, False)\n"
        )
        with self.assertRaises(Unknown):
            python("c._get_violated_lock_dates(day)\n", 17)

    def test_addresses(self):
        text = 'a = f"/odoo/action-bank_bridge.action_one/{self.id}"\n'
        self.assertEqual(python(text, 17), 'a = f"/web#action=bank_bridge.action_one&view_type=form&id={self.id}"\n')
        self.assertEqual(python(text, 18), text)
        self.assertEqual(python('a = f"x {b} group_ids"\n', 17), 'a = f"x {b} group_ids"\n')

    def test_sql(self):
        text = (
            'SQL("""SELECT line.journal_id FROM account_bank_statement_line line\n'
            'JOIN account_move move ON move.id = line.move_id""")\n'
        )
        self.assertEqual(python(text, 17), text.replace("line.journal_id", "move.journal_id"))
        self.assertEqual(python(text, 18), text)
        with self.assertRaises(Unknown):
            python('SQL("SELECT line.journal_id FROM account_bank_statement_line line")\n', 17)

    def test_parameters_of_twenty(self):
        self.assertEqual(python('p.sudo().get_param("a")\n', 20), 'p.sudo().get_str("a")\n')


def view(arch, model="bank.bridge.one", further=""):
    return (
        f'<odoo>\n    <record id="v" model="ir.ui.view">\n        <field name="model">{model}</field>\n{further}'
        f'        <field name="arch" type="xml">{arch}</field>\n    </record>\n</odoo>\n'
    ).encode()


class TestXml(unittest.TestCase):
    def rewritten(self, content, major):
        return rewrite_xml("views/one.xml", content, major, {"bank.bridge.one": True, "bank.bridge.two": False}).decode()

    def test_nothing_to_do_keeps_the_bytes(self):
        content = view("<form><field  name='a'/></form>")
        for major in MAJORS:
            self.assertEqual(self.rewritten(content, major).encode(), content)

    def test_lists(self):
        content = view('<form><field name="a" mode="list,kanban"><list string="L" editable="top"><field name="b"/></list></field></form>')
        made = self.rewritten(content, 17)
        self.assertIn('mode="tree,kanban"><tree editable="top"><field name="b"/></tree>', made)
        self.assertNotIn("list", made)
        self.assertEqual(self.rewritten(content, 18).encode(), content)

    def test_paths(self):
        self.assertEqual(older_path("//list/field[@name='list']"), "//tree/field[@name='list']")
        self.assertEqual(older_path("//page[@list]//list"), "//page[@list]//tree")
        self.assertEqual(older_path("//list_a | list"), "//list_a | tree")

    def test_chatter(self):
        made = self.rewritten(view("<form><chatter/></form>"), 17)
        self.assertIn('<div class="oe_chatter"><field name="message_follower_ids"/><field name="activity_ids"/>', made)
        self.assertNotIn("activity_ids", self.rewritten(view("<form><chatter/></form>", "bank.bridge.two"), 17))
        with self.assertRaises(Unknown):
            self.rewritten(view("<form><chatter/></form>", "res.partner"), 17)

    def test_kanban(self):
        content = view('<kanban><templates><t t-name="card" class="a"> <b/><field name="c"/></t></templates></kanban>')
        self.assertIn(
            '<t t-name="kanban-box"><div class="oe_kanban_global_click a"> <b/><field name="c"/></div></t>',
            self.rewritten(content, 17),
        )
        self.assertEqual(self.rewritten(content, 18).encode(), content)
        with self.assertRaisesRegex(Unknown, "card"):
            self.rewritten(view('<kanban><templates><t t-name="card" t-if="a"/></templates></kanban>'), 17)

    def test_actions_and_crons(self):
        content = (
            b'<odoo><record id="a" model="ir.actions.act_window"><field name="view_mode">list,form</field></record>'
            b'<record id="c" model="ir.cron"><field name="name">n</field></record></odoo>'
        )
        made = self.rewritten(content, 17)
        self.assertIn(">tree,form<", made)
        self.assertIn('<field name="numbercall" eval="-1"/>', made)
        self.assertEqual(self.rewritten(content, 18).encode(), content)

    def test_groups(self):
        content = (
            b'<odoo>\n<record id="p" model="res.groups.privilege"><field name="category_id" ref="c"/></record>\n'
            b'<record id="g" model="res.groups"><field name="privilege_id" ref="p"/>'
            b"<field name=\"implied_by_ids\" eval=\"[Command.link(ref('x.a')), Command.link(ref('x.b'))]\"/></record>\n"
            b'<record id="u" model="res.users"><field name="group_ids" eval="[]"/></record>\n</odoo>'
        )
        made = etree.fromstring(self.rewritten(content, 18).encode())
        self.assertEqual(
            [(one.get("id"), one.get("model")) for one in made],
            [("p", "ir.module.category"), ("g", "res.groups"), ("x.a", "res.groups"), ("x.b", "res.groups"), ("u", "res.users")],
        )
        self.assertEqual([field.get("name") for field in made.iter("field")], ["parent_id", "category_id", "implied_ids", "implied_ids", "groups_id"])
        self.assertEqual(made[3][0].get("eval"), "[Command.link(ref('g'))]")
        self.assertEqual(self.rewritten(content, 19).encode(), content)
        with self.assertRaises(Unknown):
            self.rewritten(content.replace(b"Command.link", b"Command.set"), 18)
        with self.assertRaises(Unknown):
            self.rewritten(content.replace(b'ref="p"', b'ref="other.p"'), 18)

    def test_older_records(self):
        content = b"<odoo><menuitem id=\"m\" groups=\"a.b,account.group_account_basic\"/><field eval=\"ref('account.group_account_basic')\"/></odoo>"
        made = self.rewritten(content, 17)
        self.assertNotIn("group_account_basic", made)
        self.assertEqual(made.count("account.group_account_user"), 2)
        self.assertEqual(rewrite_table(b"id,g\na,account.group_account_basic\n", 17), b"id,g\na,account.group_account_user\n")

    def test_icons_of_twenty(self):
        self.assertIn('icon="power"', self.rewritten(view('<form><button icon="fa-plug"/></form>'), 20))
        with self.assertRaisesRegex(Unknown, "fa-never"):
            self.rewritten(view('<form><button icon="fa-never"/></form>'), 20)

    def test_terms(self):
        self.assertEqual(
            rewrite_terms(b'#: model:res.groups.privilege,name:b.p\nmsgid "model:res.groups.privilege,"\n'),
            b'#: model:ir.module.category,name:b.p\nmsgid "model:res.groups.privilege,"\n',
        )


class TestAccessOfTwenty(unittest.TestCase):
    FILES = {
        "models/one.py": b'class A:\n    _name = "bank.bridge.one"\n',
        "security/ir.model.access.csv": b"id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
        b"a,A,model_bank_bridge_one,base.group_user,1,1,0,0\nn,N,model_bank_bridge_one,base.group_system,0,0,0,0\n",
        "security/rules.xml": b'<odoo><record id="r" model="ir.rule"><field name="name">R</field>'
        b'<field name="model_id" ref="model_bank_bridge_one"/><field name="domain_force">[(1, \'=\', 1)]</field></record></odoo>',
        "__manifest__.py": b'{\n    "data": [\n        "security/ir.model.access.csv",\n        "security/rules.xml",\n        "views/a.xml",\n    ],\n}\n',
    }

    def test_one_table(self):
        made = access_of_twenty(self.FILES)
        self.assertEqual(
            made["security/ir.access.csv"].decode().splitlines(),
            [
                "id,name,model_id,group_id/id,operation,domain",
                "a,A,bank.bridge.one,base.group_user,ru,",
                "r,R,bank.bridge.one,,crud,\"[(1, '=', 1)]\"",
            ],
        )
        self.assertEqual(
            ast.literal_eval(made["__manifest__.py"].decode())["data"], ["views/a.xml", "security/ir.access.csv"]
        )
        self.assertNotIn("security/rules.xml", made)

    def test_a_line_for_everybody_stops(self):
        files = dict(self.FILES)
        files["security/ir.model.access.csv"] = files["security/ir.model.access.csv"].replace(b"base.group_user", b"")
        with self.assertRaises(Unknown):
            access_of_twenty(files)


class TestChecks(unittest.TestCase):
    def stops(self, text, major, path="models/one.py"):
        with self.assertRaises(Unknown):
            check_python(path, text, major, own_names({path: text.encode()}))

    def passes(self, text, major):
        check_python("models/one.py", text, major, own_names({"models/one.py": text.encode()}))

    def test_what_a_major_lacks(self):
        for text, until in (
            ("models.Constraint\n", 18),
            ('a = "group_ids"\n', 18),
            ("user.all_group_ids\n", 18),
            ("self.env._\n", 17),
            ("a.check_access\n", 17),
            ("a.hard_lock_date\n", 17),
            ('route(type="jsonrpc")\n', 18),
            ("from odoo.fields import Domain\n", 18),
            ('a = "account.group_account_basic"\n', 17),
        ):
            with self.subTest(text):
                self.stops(text, until)
                self.passes(text, until + 1)
        self.stops("p.get_param\n", 20)
        self.stops("a._sql_constraints\n", 19)

    def test_what_nobody_knows(self):
        self.stops("from odoo.tools import something_new\n", 19)
        self.stops("from odoo.addons.account import models\n", 19)
        self.stops("a._something_of_odoo()\n", 19)
        self.passes("def _mine(self):\n    return self._mine()\n", 19)
        self.stops('a = "account.group_never"\n', 19)
        self.stops('a = f"/odoo/settings?{b}"\n', 17)
        self.stops('a = "SELECT id FROM account_bank_statement_line WHERE journal_id = 1"\n', 17)
        self.stops('a = "FROM account_bank_statement_line l WHERE l.journal_id = 1"\n', 17)
        extended = 'class A(models.Model):\n    _inherit = "account.move"\n\n    def _f(self):\n        return super()._f()\n'
        self.stops(extended, 19)
        self.passes(extended.replace("account.move", "bank.bridge.move"), 19)
        with self.assertRaises(Unknown):
            check_script("static/src/a.js", 'import { a,\n b } from "@web/never";\n', 19)
        check_script("static/src/a.js", 'import { registry } from "@web/core/registry";\n', 19)

    def test_python_of_the_major(self):
        self.stops("try:\n    a\nexcept* E:\n    pass\n", 19)

    def test_views(self):
        for content, major in (
            (b"<odoo><list/></odoo>", 17),
            (b"<odoo><tree/></odoo>", 18),
            (b'<odoo><field name="a" attrs="{}"/></odoo>', 19),
            (b'<odoo><field name="a" widget="never"/></odoo>', 19),
            (b'<odoo><menuitem parent="account.never"/></odoo>', 19),
            (b'<odoo><field name="a" groups="base.group_user,never"/></odoo>', 19),
            (b'<odoo><field name="privilege_id"/></odoo>', 18),
        ):
            with self.subTest(content), self.assertRaises(Unknown):
                check_xml("views/one.xml", content, major, set())
        check_xml("views/one.xml", b'<odoo><list><field name="a" groups="base.group_user"/></list></odoo>', 19, set())

    def test_references(self):
        element = etree.fromstring(
            """<field ref="a.b" groups="c.d,!e.f" eval="[ref('g.h'), (4, ref('i'))]"/>"""
        )
        self.assertEqual(list(references(element)), ["a.b", "c.d", "e.f", "g.h", "i"])
        with self.assertRaises(Unknown):
            own_xml_ids({"a.xml": b'<odoo><record id="a"/><record id="a"/></odoo>'})


class TestZip(unittest.TestCase):
    def test_version(self):
        manifest = '# é\n{\n    "version": "19.0.1.2.3", "name": "é"}\n'.encode()
        self.assertEqual(stamp(manifest, 17), (manifest.replace(b"19.0", b"17.0"), "17.0.1.2.3"))
        with self.assertRaises(Unknown):
            stamp(b'{"version": "1.0"}', 17)

    def test_overlays(self):
        self.assertEqual([overlays(major) for major in MAJORS], [["18.0", "17.0"], ["18.0"], [], ["20.0"]])

    def test_compat_gives_what_the_rules_lead_to(self):
        for major in MAJORS:
            if major >= NATIVE:
                continue
            text = source_for(major)["compat.py"].decode()
            names = {name for (_module, name), until in COMPAT.items() if until >= major}
            names |= {"make_index", "new_api_key"}
            if major <= 17:
                names |= {"translate", "translator", "_lt", "check_access", "has_access", "filtered_access"}
            for name in names:
                self.assertRegex(text, rf"(?m)^(class|def) {name}\b|^{name} =", f"{major}: {name}")

    def test_same_source_same_bytes(self):
        for major in MAJORS:
            first, second = packed(build(major)[1]), packed(build(major)[1])
            self.assertEqual(first, second)
            with zipfile.ZipFile(io.BytesIO(first)) as archive:
                self.assertIsNone(archive.testzip())
                self.assertTrue(all(name.startswith("bank_bridge/") for name in archive.namelist()))
                self.assertFalse([name for name in archive.namelist() if "__pycache__" in name])

    def test_native_is_the_source_itself(self):
        files = build(NATIVE)[1]
        folder = PROJECT / "odoo_addon" / "bank_bridge"
        for name, content in files.items():
            self.assertEqual(content, Path(folder / name).read_bytes(), name)

    def test_models(self):
        files = {
            "models/a.py": b'class A:\n    _name = "a"\n    _inherit = ["mail.thread", "mail.activity.mixin"]\n',
            "models/b.py": b'class B:\n    _name = "b"\n\n\nclass C:\n    _inherit = "c"\n',
        }
        self.assertEqual(models_with_activities(files), {"a": True, "b": False})


class TestFacts(unittest.TestCase):
    def test_tables_are_well_formed(self):
        pairs = [*INTERNALS.values(), *XML_IDS.values(), *WIDGETS.values()]
        pairs += [pair for names in IMPORTS.values() for pair in names.values()]
        for first, last in pairs:
            self.assertTrue(MAJORS[0] <= first <= last <= MAJORS[-1])
        for name, (until, older) in OLDER_NAMES.items():
            self.assertEqual(ABSENT[name], (until, None))
            self.assertNotEqual(name, older)


if __name__ == "__main__":
    unittest.main()
