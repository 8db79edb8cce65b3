"""Odoo 20 has one table for rights instead of `ir.model.access` and `ir.rule`: a row with a group permits, a row without
one restricts all. It is loaded last, when everything that it names is there."""

import ast
import csv
import io

from lxml import etree
from basics import Unknown
from xml_rules import field_of

ACCESS = "security/ir.model.access.csv"
TARGET = "security/ir.access.csv"
LETTERS = (("perm_create", "c"), ("perm_read", "r"), ("perm_write", "u"), ("perm_unlink", "d"))


def access_of_twenty(files):
    models = model_names(files)
    rows = []
    for row in csv.DictReader(io.StringIO(files[ACCESS].decode())):
        operation = "".join(letter for column, letter in LETTERS if row[column] == "1")
        if operation:
            rows.append([row["id"], row["name"], model_of(row["model_id:id"], models, ACCESS), row["group_id:id"], operation, ""])
        if operation and not row["group_id:id"]:
            raise Unknown(ACCESS, 0, f"{row['id']} is for everybody, which would restrict in Odoo 20")
    out = {path: content for path, content in files.items() if path != ACCESS}
    emptied = []
    for path, content in files.items():
        if path.endswith(".xml") and not path.startswith("static/") and b'"ir.rule"' in content:
            out[path] = rules_taken_out(path, content, models, rows)
            if not len(etree.fromstring(out[path])):
                emptied.append(path)
    for path in emptied:
        del out[path]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["id", "name", "model_id", "group_id/id", "operation", "domain"])
    writer.writerows(rows)
    out[TARGET] = table.getvalue().encode()
    out["__manifest__.py"] = manifest_of_twenty(files["__manifest__.py"], {ACCESS, *emptied})
    return out


def rules_taken_out(path, content, models, rows):
    root = etree.fromstring(content)
    for record in list(root.iter("record")):
        if record.get("model") != "ir.rule":
            continue
        known = {"name", "model_id", "domain_force"}
        for field in record:
            if field.tag == "field" and field.get("name") not in known:
                raise Unknown(path, field.sourceline, f"a rule with {field.get('name')}")
        domain = field_of(record, "domain_force").text.strip()
        model = model_of(field_of(record, "model_id").get("ref"), models, path)
        rows.append([record.get("id"), field_of(record, "name").text, model, "", "crud", domain])
        record.getparent().remove(record)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def model_names(files):
    """{xml id of a model of the addon: its name}"""
    found = {}
    for path, content in files.items():
        if path.endswith(".py") and not path.startswith("tests/"):
            for node in ast.walk(ast.parse(content.decode(), path)):
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_name":
                    name = ast.literal_eval(node.value)
                    found["model_" + name.replace(".", "_")] = name
    return found


def model_of(xml_id, models, path):
    if xml_id not in models:
        raise Unknown(path, 0, f"{xml_id} is no model of the addon")
    return models[xml_id]


def manifest_of_twenty(manifest, gone):
    """The list of data files without those that are gone, and the table at its end."""
    text = manifest.decode()
    tree = ast.parse(text).body[0].value
    data = next(value for key, value in zip(tree.keys, tree.values) if key.value == "data")
    lines = text.splitlines(keepends=True)
    names = [element.value for element in data.elts]
    if missing := gone - set(names):
        raise Unknown("__manifest__.py", data.lineno, f"{', '.join(sorted(missing))} is not among the data")
    for element in data.elts:
        if lines[element.lineno - 1].strip() != f'"{element.value}",':
            raise Unknown("__manifest__.py", element.lineno, "one data file a line is wanted here")
    kept = [line for number, line in enumerate(lines, 1) if not _is_of(data, number, gone)]
    end = max(number for number, line in enumerate(kept) if line.strip().strip('",') in set(names) - gone)
    kept.insert(end + 1, f'        "{TARGET}",\n')
    return "".join(kept).encode()


def _is_of(data, number, gone):
    return any(element.lineno == number and element.value in gone for element in data.elts)
