"""All files of the addon for another major: each kind of file by its own rules."""

import ast
import csv
import io

from access_rules import access_of_twenty
from basics import NATIVE
from python_rules import older_xml_id, rewrite_python
from xml_rules import rewrite_xml


def rewritten(files, major):
    if major == NATIVE:
        return files
    with_activities = models_with_activities(files)
    out = {}
    for path, content in files.items():
        if path.endswith(".py"):
            content = rewrite_python(path, content.decode(), major).encode()
        elif path.endswith(".xml") and not path.startswith("static/"):
            content = rewrite_xml(path, content, major, with_activities)
        elif path.endswith(".csv"):
            content = rewrite_table(content, major)
        elif path.endswith((".po", ".pot")) and major <= 18:
            content = rewrite_terms(content)
        out[path] = content
    if major >= 20:
        out = access_of_twenty(out)
    return out


def models_with_activities(files):
    """{model of the addon: whether it has activities}, as its classes say."""
    found = {}
    for path, content in files.items():
        if not path.endswith(".py") or path.startswith("tests/"):
            continue
        for node in ast.walk(ast.parse(content.decode(), path)):
            if isinstance(node, ast.ClassDef):
                values = {
                    item.targets[0].id: item.value
                    for item in node.body
                    if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name)
                }
                if "_name" in values:
                    parents = ast.literal_eval(values["_inherit"]) if "_inherit" in values else []
                    parents = [parents] if isinstance(parents, str) else parents
                    found[ast.literal_eval(values["_name"])] = "mail.activity.mixin" in parents
    return found


def rewrite_table(content, major):
    """A table of data: records of other addons by the name that they have there."""
    rows = list(csv.reader(io.StringIO(content.decode())))
    older = [[older_xml_id(cell, major) or cell for cell in row] for row in rows]
    if older == rows:
        return content
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(older)
    return out.getvalue().encode()


def rewrite_terms(content):
    """Where a term comes from: groups hang on a category instead of a privilege."""
    lines = content.decode().splitlines(keepends=True)
    before, after = "#: model:res.groups.privilege,", "#: model:ir.module.category,"
    return "".join(after + line[len(before) :] if line.startswith(before) else line for line in lines).encode()
