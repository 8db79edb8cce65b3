"""Checks of what is about to be packed for a major, rewritten or not: whatever stands in no table of `facts` stops here."""

import ast
import os
import re
from pathlib import Path

import polib
from facts import ABSENT, IMPORTS, INTERNALS, JS_MODULES, LINE_TABLE, OF_COMPAT, OLDER_SQL, WIDGETS, XML_IDS
from lxml import etree
from basics import ADDON, Unknown
from xml_rules import field_of

TABLE = "say in scripts/package.d/facts.py which majors have it"
PYTHON = {17: (3, 10), 18: (3, 10), 19: (3, 10), 20: (3, 12)}
# What a manifest says of the addon.
MANIFEST = ("name", "summary", "version", "category", "author", "license", "maintainers", "development_status")
# Of views, what a major lacks: tag or attribute -> the last major without it.
TAGS_ABSENT = {"list": 17, "chatter": 17}
ATTRIBUTES_GONE = ("attrs", "states")
VIEWS_WITH_SCHEMA = ("list", "search", "graph", "pivot", "activity", "calendar")


def check(files, major):
    check_manifest(files, major)
    own = own_names(files)
    ids = own_xml_ids(files)
    widgets = own_widgets(files)
    for path, content in files.items():
        if path.startswith("static/"):
            if path.endswith(".js"):
                check_script(path, content.decode(), major)
        elif path.endswith(".py"):
            check_python(path, content.decode(), major, own)
        elif path.endswith(".xml"):
            check_xml(path, content, major, ids, widgets)
        elif path.endswith((".po", ".pot")):
            check_terms(path, content)
    check_access_files(files, major, ids)
    check_views(files, major)


def within(pair, major):
    return pair[0] <= major <= pair[1]


# The manifest


def check_manifest(files, major):
    path = "__manifest__.py"
    manifest = ast.literal_eval(files[path].decode())
    for key in MANIFEST:
        if not manifest.get(key):
            raise Unknown(path, 0, f"{key} is missing")
    if not re.fullmatch(rf"{major}\.0\.\d+\.\d+\.\d+", manifest["version"]):
        raise Unknown(path, 0, f"the version {manifest['version']} is not {major}.0.x.y.z")
    listed = [*manifest.get("data", []), *manifest.get("demo", [])]
    for name in listed:
        if name not in files:
            raise Unknown(path, 0, f"{name} is not there")
    for name in files:
        if name.startswith(("views/", "data/", "security/", "wizards/")) and name.endswith((".xml", ".csv")) and name not in listed:
            raise Unknown(name, 0, "the manifest does not load it")
    for wanted in ("README.rst", "static/description/icon.png", "static/description/index.html", "i18n/bank_bridge.pot"):
        if wanted not in files:
            raise Unknown(wanted, 0, "is missing")


# Python


def own_names(files):
    """Whatever begins with an underscore and is made by the addon itself: methods, functions, variables, keywords."""
    names = set()
    for path, content in files.items():
        if not path.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(content.decode(), path)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
    return names


def check_python(path, text, major, own):
    try:
        tree = ast.parse(text, path, feature_version=PYTHON[major])
        compile(text, path, "exec")
    except SyntaxError as error:
        raise Unknown(path, error.lineno or 0, f"Python {'.'.join(map(str, PYTHON[major]))} cannot read it: {error.msg}") from error
    compat = path == "compat.py"
    # Tests go along, by the same rules; what they hold of an Odoo is found where they run.
    test = path.startswith("tests/")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == "odoo":
            _check_import(path, node, major)
        elif isinstance(node, ast.ClassDef) and not test:
            _check_extended(path, node, major)
        elif isinstance(node, ast.Attribute) and test:
            continue
        elif isinstance(node, ast.Attribute):
            if not compat or node.attr not in ("check_access_rights", "check_access_rule"):
                _check_name(path, node.lineno, node.attr, major)
            if node.attr.startswith("_") and not node.attr.startswith("__") and node.attr not in own and not compat:
                _check_internal(path, node, major)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for part in node.value.split(".") if not test and re.fullmatch(r"[\w.]+", node.value) else ():
                if part not in OF_COMPAT:
                    _check_name(path, node.lineno, part, major)
            if "/odoo/" in node.value and major <= 17:
                raise Unknown(path, node.lineno, "a page below /odoo/, which Odoo 18 brought")
            if LINE_TABLE in node.value and major <= OLDER_SQL[0]:
                _check_sql(path, node)
            for one in node.value.split(","):
                if re.fullmatch(r"(?!bank_bridge\.)[a-z_]+\.(group|view|menu|action)_\w+", one):
                    _check_reference(path, node.lineno, one, major, ())
        elif isinstance(node, ast.Call) and major <= 18:
            for keyword in node.keywords:
                if keyword.arg == "type" and getattr(keyword.value, "value", None) == "jsonrpc":
                    raise Unknown(path, node.lineno, "a route of type jsonrpc, which Odoo 19 brought")


def _check_import(path, node, major):
    if node.module.startswith("odoo.addons."):
        raise Unknown(path, node.lineno, f"an import of {node.module}, of which nothing is known", TABLE)
    for name in node.names:
        known = IMPORTS.get(node.module, {}).get(name.name)
        if known is None:
            raise Unknown(path, node.lineno, f"{node.module} import {name.name}: not known which majors have it", TABLE)
        if not within(known, major):
            raise Unknown(path, node.lineno, f"{node.module} has no {name.name} in Odoo {major}")


def _check_name(path, line, name, major):
    if name not in ABSENT:
        return
    last_without, first_without = ABSENT[name]
    if (last_without is not None and major <= last_without) or (first_without is not None and major >= first_without):
        raise Unknown(path, line, f"{name}, which Odoo {major} does not have")


def _check_internal(path, node, major):
    known = INTERNALS.get(node.attr)
    if known is None:
        raise Unknown(path, node.lineno, f"{node.attr}, which the addon does not make: not known which majors have it", TABLE)
    if not within(known, major):
        raise Unknown(path, node.lineno, f"{node.attr}, which Odoo {major} does not have")


def _check_extended(path, node, major):
    """Internal methods of others' models that a class extends: by name they are our own."""
    inherit = [item.value for item in node.body if isinstance(item, ast.Assign) and getattr(item.targets[0], "id", "") == "_inherit"]
    if not inherit or any(getattr(name, "value", "").startswith("bank.bridge.") for name in ast.walk(inherit[0]) if isinstance(name, ast.Constant)):
        return
    for method in node.body:
        if not isinstance(method, ast.FunctionDef) or not method.name.startswith("_") or method.name.startswith("__"):
            continue
        for called in ast.walk(method):
            if (
                isinstance(called, ast.Attribute)
                and called.attr == method.name
                and isinstance(called.value, ast.Call)
                and getattr(called.value.func, "id", "") == "super"
            ):
                _check_internal(path, called, major)


def _check_sql(path, node):
    aliases = re.findall(rf"\b{LINE_TABLE}\s+(?:AS\s+)?(\w+)", node.value)
    for alias in aliases:
        if alias.upper() in ("WHERE", "JOIN", "ON", "SET"):
            if re.search(rf"\b{LINE_TABLE}\s+WHERE\s+(journal_id|company_id)\b", node.value):
                raise Unknown(path, node.lineno, "SQL that takes the journal from the table of lines, which lacks it in Odoo 17")
            continue
        # The same short name may stand for another table too, in another part of the query.
        tables = set(re.findall(rf"\b(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?{alias}\b", node.value))
        if tables == {LINE_TABLE} and re.search(rf"\b{alias}\.(journal_id|company_id)\b", node.value):
            raise Unknown(path, node.lineno, f"SQL that takes {alias}'s journal from the table of lines, which lacks it in Odoo 17")


# Data and views


def own_xml_ids(files):
    """The addon's own records, and those that Odoo makes of its models and fields."""
    found = set()
    for path, content in files.items():
        if path.endswith(".xml") and not path.startswith("static/"):
            for element in etree.fromstring(content).iter("record", "menuitem", "template"):
                if element.get("id") in found:
                    raise Unknown(path, element.sourceline, f"{element.get('id')} is there twice")
                found.add(element.get("id"))
        elif path.endswith(".csv"):
            found.update(line.split(",")[0] for line in content.decode().splitlines()[1:])
    return found


def own_widgets(files):
    """The widgets that the addon's own scripts register."""
    return {
        name
        for path, content in files.items()
        if path.endswith(".js")
        for name in re.findall(r"""\.add\(\s*["'](\w+)["']""", content.decode())
    }


def check_script(path, text, major):
    """A script of the web client: the modules that it imports."""
    for module in re.findall(r"""^import\b[^;]*?["']([^"']+)["'];""", text, re.MULTILINE):
        if not module.startswith((".", f"@{ADDON}/")) and not within(JS_MODULES.get(module, (0, 0)), major):
            raise Unknown(path, 0, f"{module}: not known in Odoo {major}", TABLE)


def check_xml(path, content, major, ids, widgets=()):
    root = etree.fromstring(content)
    if root.tag != "odoo":
        raise Unknown(path, 1, f"its root is {root.tag}")
    for element in root.iter(etree.Element):
        where = (path, element.sourceline)
        if major <= TAGS_ABSENT.get(element.tag, 0) or (element.tag == "tree" and major >= 18):
            raise Unknown(*where, f"the tag {element.tag} in Odoo {major}")
        for name in element.attrib:
            if name in ATTRIBUTES_GONE:
                raise Unknown(*where, f"the attribute {name}, which no major has any more")
        if element.tag == "field" and element.get("name"):
            _check_name(*where, element.get("name"), major)
        widget = element.get("widget") or (element.get("name") if element.tag == "widget" else None)
        if widget and widget not in widgets and not within(WIDGETS.get(widget, (0, 0)), major):
            raise Unknown(*where, f"the widget {widget}: not known in Odoo {major}", TABLE)
        for reference in references(element):
            _check_reference(*where, reference, major, ids)


def references(element):
    """The xml ids that an element names."""
    for name in ("ref", "inherit_id", "parent", "action", "t-call"):
        if element.get(name) and element.tag in ("field", "template", "menuitem", "t"):
            yield element.get(name)
    for group in (element.get("groups") or "").split(","):
        if group.strip():
            yield group.strip().lstrip("!")
    # In expressions: ref('...').
    yield from re.findall(r"\bref\('([\w.]+)'\)", element.get("eval") or "")
    if element.tag == "button" and (match := re.fullmatch(r"%\(([\w.]+)\)d", element.get("name") or "")):
        yield match[1]


def _check_reference(path, line, reference, major, ids):
    own = reference.removeprefix(f"{ADDON}.")
    if "." not in own:
        if own not in ids and not own.startswith(("model_", "field_")):
            raise Unknown(path, line, f"{reference} is no record of the addon")
        return
    if not within(XML_IDS.get(reference, (0, 0)), major):
        raise Unknown(path, line, f"{reference}: not known in Odoo {major}", TABLE)


def check_terms(path, content):
    for entry in polib.pofile(content.decode()):
        if entry.obsolete:
            raise Unknown(path, entry.linenum, f"an obsolete term: {entry.msgid[:40]}")


def check_access_files(files, major, ids):
    old, new = "security/ir.model.access.csv", "security/ir.access.csv"
    if (major >= 20) != (new in files) or (major < 20) != (old in files):
        raise Unknown("security", 0, f"not the table of rights that Odoo {major} reads")
    for line in files[new if major >= 20 else old].decode().splitlines()[1:]:
        group = line.split(",")[3]
        if group:
            _check_reference(new if major >= 20 else old, 0, group, major, ids)


# Views by Odoo's own schemas, those of the Odoo that is there


def odoo_folder():
    folder = os.environ.get("BANK_BRIDGE_ODOO_SOURCE")
    return Path(folder) if folder else None


def check_views(files, major):
    odoo = odoo_folder()
    if odoo is None:
        return
    of_data = etree.RelaxNG(etree.parse(str(odoo / "import_xml.rng")))
    schemas = {
        tag: etree.RelaxNG(etree.parse(str(odoo / "addons/base/rng" / f"{tag}_view.rng"))) for tag in VIEWS_WITH_SCHEMA
    }
    for path, content in files.items():
        if not path.endswith(".xml") or path.startswith("static/"):
            continue
        root = etree.fromstring(content)
        if not of_data.validate(root):
            raise Unknown(path, of_data.error_log[0].line, of_data.error_log[0].message)
        for record in root.iter("record"):
            arch = field_of(record, "arch") if record.get("model") == "ir.ui.view" else None
            if arch is None or field_of(record, "inherit_id") is not None or not len(arch):
                continue
            # A list is the same thing under its older name.
            view = etree.fromstring(re.sub(rb"(</?)tree\b", rb"\1list", etree.tostring(arch[-1])))
            schema = schemas.get(view.tag)
            if schema is not None and not schema.validate(view):
                raise Unknown(path, record.sourceline, f"{record.get('id')}: {schema.error_log[0].message}")
