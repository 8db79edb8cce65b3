"""Python for another major: each rule changes the few characters that its syntax tree names, and leaves the rest.

`series/<major>/compat.py` holds what an older Odoo lacks altogether; the rules only lead there.
"""

import ast
import re

from facts import COMPAT, LINE_TABLE, OLDER_NAMES, OLDER_NAMES_IN_TESTS, OLDER_SQL, OLDER_XML_IDS
from basics import Unknown

SQL_OBJECTS = ("Constraint", "UniqueIndex", "Index")
KINDS_OF_VIEW = {"activity", "calendar", "form", "graph", "kanban", "list", "pivot", "search"}
ACCESS_METHODS = ("check_access", "has_access", "_filtered_access")


class Edits:
    """A source and the changes to it, by positions of its syntax tree."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.bytes = text.encode()
        self.tree = ast.parse(text, path)
        self.starts = [0]
        for line in self.bytes.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.changes = []
        self.needed = set()

    def start(self, node):
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node):
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def source(self, node):
        return self.bytes[self.start(node) : self.end(node)].decode()

    def replace(self, start, end, text):
        self.changes.append((start, end, text.encode()))

    def result(self):
        out, position = [], 0
        # Of two insertions at one place, the first made stands outside.
        for start, end, text in sorted(self.changes, key=lambda change: change[:2]):
            if start < position:
                raise Unknown(self.path, 0, "two rules change the same place")
            out += [self.bytes[position:start], text]
            position = end
        return b"".join([*out, self.bytes[position:]]).decode()

    def unknown(self, node, what, hint=""):
        return Unknown(self.path, node.lineno, what, hint)


def rewrite_python(path, text, major):
    edits = Edits(path, text)
    # The fixed parts of texts that are put together: they have no place of their own.
    within_texts = {id(part) for node in ast.walk(edits.tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(edits.tree):
        if isinstance(node, ast.ImportFrom):
            _import(edits, node, major)
        elif isinstance(node, ast.ClassDef) and major <= 18:
            _sql_objects(edits, node)
        elif isinstance(node, ast.Call):
            _call(edits, node, major)
        elif isinstance(node, ast.Attribute):
            _attribute(edits, node, major)
        elif isinstance(node, ast.JoinedStr) and major <= 17:
            _address(edits, node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within_texts:
            _constant(edits, node, major)
    if major <= 17:
        _uncalled_translations(edits)
    _add_import(edits)
    return edits.result()


def _dots(path):
    return "." * (path.count("/") + 1)


def _import(edits, node, major):
    """What an older Odoo lacks is imported from the addon's own `compat`."""
    if node.level or not (node.module or "").startswith("odoo"):
        return
    moved = [name for name in node.names if COMPAT.get((node.module, name.name), 0) >= major]
    if not moved:
        return
    lines = []
    kept = [name for name in node.names if name not in moved]
    indent = " " * node.col_offset
    for source, names in ((node.module, kept), (f"{_dots(edits.path)}compat", moved)):
        if names:
            written = ", ".join(f"{one.name} as {one.asname}" if one.asname else one.name for one in names)
            lines.append(f"from {source} import {written}")
    edits.replace(edits.start(node), edits.end(node), f"\n{indent}".join(lines))


def _sql_objects(edits, node):
    """`models.Constraint` and indexes: `_sql_constraints`, and indexes made by `init`."""
    constraints, indexes, objects = [], [], []
    for item in node.body:
        kind = _sql_kind(item)
        if not kind:
            continue
        name = item.targets[0].id
        call = item.value
        values = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
        if not name.startswith("_") or call.keywords or len(values) != len(call.args) or not 1 <= len(values) <= 2:
            raise edits.unknown(item, f"models.{kind} with something else than one or two plain texts")
        if kind == "Constraint":
            constraints.append((name[1:], *values, *([""] if len(values) == 1 else [])))
        elif len(values) == 2:
            if kind != "UniqueIndex" or not values[0].startswith("(") or "WHERE" in values[0].upper():
                raise edits.unknown(item, "an index with a message that is no plain constraint in an older Odoo")
            constraints.append((name[1:], f"UNIQUE {values[0]}", values[1]))
        else:
            indexes.append((name[1:], values[0], kind == "UniqueIndex"))
        objects.append(item)
    if not objects:
        return
    for item in node.body:
        names = [target.id for target in getattr(item, "targets", []) if isinstance(target, ast.Name)]
        if "_sql_constraints" in names or getattr(item, "name", None) == "init":
            raise edits.unknown(item, "the class has _sql_constraints or init of its own besides models.Constraint")
    first, *others = objects
    if constraints:
        rows = "".join(f"        {row!r},\n" for row in constraints)
        edits.replace(edits.start(first), edits.end(first), f"_sql_constraints = [\n{rows}    ]")
    else:
        others = objects
    for item in others:
        # The whole line; a comment of its own before it stays.
        edits.replace(edits.starts[item.lineno - 1], edits.starts[item.end_lineno], "")
    if indexes:
        edits.needed.add("make_index")
        calls = "".join(f"        make_index(self, {name!r}, {text!r}, unique={unique})\n" for name, text, unique in indexes)
        end = edits.starts[node.end_lineno]
        edits.replace(end, end, f"\n    def init(self):\n{calls}        return super().init()\n")


def _sql_kind(item):
    if isinstance(item, ast.Assign) and isinstance(item.value, ast.Call):
        function = item.value.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "models":
            return function.attr if function.attr in SQL_OBJECTS else None
    return None


def _call(edits, node, major):
    function = node.func
    if not isinstance(function, ast.Attribute):
        return
    if major <= 18 and function.attr == "route":
        for keyword in node.keywords:
            if keyword.arg == "type" and getattr(keyword.value, "value", None) == "jsonrpc":
                edits.replace(edits.start(keyword.value), edits.end(keyword.value), '"json"')
    if major <= 17:
        if function.attr == "_" and _is_env(function.value):
            _translation(edits, node)
        elif function.attr in ACCESS_METHODS:
            _as_function(edits, node, function.attr.lstrip("_"))
        elif function.attr == "_get_violated_lock_dates":
            if len(node.args) != 3:
                raise edits.unknown(node, "_get_violated_lock_dates without exactly three arguments")
            edits.replace(edits.end(node.args[1]), edits.end(node.args[2]), "")
    if major >= 20 and function.attr in ("get_param", "set_param"):
        # Typed in Odoo 20; those of ours are all texts.
        end = edits.end(function)
        edits.replace(end - len("param"), end, "str")


def _is_env(node):
    if isinstance(node, ast.Call):
        # With another context or user.
        return _is_env(node.func)
    return (isinstance(node, ast.Attribute) and node.attr == "env") or (isinstance(node, ast.Name) and node.id == "env")


def _translation(edits, node):
    """`X.env._("text", a)` is `translate(X.env, _lt("text"), a)`: Odoo 17 finds the terms by `_lt`."""
    if not node.args or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise edits.unknown(node, "a translation without its text first")
    text = node.args[0]
    if isinstance(text, ast.JoinedStr):
        raise edits.unknown(node, "a translated text that is put together at run time")
    edits.needed.add("translate")
    edits.replace(edits.start(node), edits.end(node.func), "translate")
    start, end = edits.start(text), edits.end(text)
    edits.replace(start, start, f"{edits.source(node.func.value)}, ")
    if isinstance(text, ast.Constant):
        edits.needed.add("_lt")
        edits.replace(start, start, "_lt(")
        edits.replace(end, end, ")")


def _uncalled_translations(edits):
    """`_ = env._` is `_ = translator(env)`."""
    called = {id(node.func) for node in ast.walk(edits.tree) if isinstance(node, ast.Call)}
    for node in ast.walk(edits.tree):
        if isinstance(node, ast.Attribute) and node.attr == "_" and _is_env(node.value) and id(node) not in called:
            edits.needed.add("translator")
            edits.replace(edits.start(node), edits.start(node), "translator(")
            edits.replace(edits.end(node.value), edits.end(node), ")")


def _as_function(edits, node, name):
    """`X.method(a)` is `method(X, a)`."""
    if len(node.args) != 1 or node.keywords:
        raise edits.unknown(node, f"{name} without exactly one argument")
    edits.needed.add(name)
    start, value = edits.start(node), edits.end(node.func.value)
    dot = edits.bytes.rindex(b".", value, edits.end(node.func))
    edits.replace(start, start, f"{name}(")
    edits.replace(dot, edits.start(node.args[0]), ", ")


def _older(edits, name, major):
    """The name that a field or method has in that major."""
    tables = [OLDER_NAMES, OLDER_NAMES_IN_TESTS] if edits.path.startswith("tests/") else [OLDER_NAMES]
    for table in tables:
        if name in table and major <= table[name][0]:
            return table[name][1]
    return None


def _attribute(edits, node, major):
    older = _older(edits, node.attr, major)
    if older:
        end = edits.end(node)
        edits.replace(end - len(node.attr.encode()), end, older)


def _constant(edits, node, major):
    """A text that is a field's name, a path of such names, the names of groups, or SQL."""
    if LINE_TABLE in node.value and major <= OLDER_SQL[0]:
        _sql(edits, node)
        return
    older = ",".join(_older_text(edits, one, major) for one in node.value.split(","))
    if major <= 17 and set(node.value.split(",")) <= KINDS_OF_VIEW:
        # Alone or with others of its kind, the word means a kind of view.
        older = older_mode(node.value)
    if older != node.value:
        if edits.source(node) not in (f'"{node.value}"', f"'{node.value}'"):
            raise edits.unknown(node, f"{node.value} in a text that is written in an unusual way")
        edits.replace(edits.start(node), edits.end(node), f'"{older}"')


def _sql(edits, node):
    source = edits.source(node)
    older = source
    for before, after in OLDER_SQL[1]:
        older = older.replace(before, after)
    if older != source:
        if f"{LINE_TABLE} line" not in source or "account_move move ON move.id = line.move_id" not in source:
            raise edits.unknown(node, "SQL that takes the journal of a line, and has not its entry as `move`")
        edits.replace(edits.start(node), edits.end(node), older)


def _older_text(edits, text, major):
    if older := older_xml_id(text, major):
        return older
    return ".".join(_older(edits, part, major) or part for part in text.split("."))


def older_xml_id(name, major):
    """The name that a record of another addon has in that major."""
    if name in OLDER_XML_IDS and major <= OLDER_XML_IDS[name][0]:
        return OLDER_XML_IDS[name][1]
    return None


def _address(edits, node):
    """The page of a record: f"/odoo/action-XML_ID/{id}"."""
    source = edits.source(node)
    older = re.sub(r"""^(f["'])/odoo/action-([\w.]+)/(\{[^{}]+\}["'])$""", r"\1/web#action=\2&view_type=form&id=\3", source)
    if older != source:
        edits.replace(edits.start(node), edits.end(node), older)


def older_mode(mode):
    """Odoo 17 calls a list a tree."""
    return ",".join("tree" if one.strip() == "list" else one for one in mode.split(","))


def _add_import(edits):
    """Import what the rules led to, behind the last import at the top of the file."""
    defined = {
        target.id for item in edits.tree.body for target in getattr(item, "targets", []) if isinstance(target, ast.Name)
    }
    needed = sorted(edits.needed - defined)
    if not needed:
        return
    if edits.path == "compat.py":
        raise Unknown(edits.path, 0, "compat.py is of one major; write it as that major wants it")
    imports = [item for item in edits.tree.body if isinstance(item, ast.Import | ast.ImportFrom)]
    if not imports:
        raise Unknown(edits.path, 0, "a file without imports needs compat")
    end = edits.end(imports[-1])
    edits.replace(end, end, f"\nfrom {_dots(edits.path)}compat import {', '.join(needed)}")
