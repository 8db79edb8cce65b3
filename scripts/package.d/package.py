"""Makes the addon's zip for one major of Odoo: package.py MAJOR OUT [--checked]

The source is laid out in memory, the differences of `series/` over it, the rules of that major rewrite what is left, and
the same source gives the same bytes. For Odoo 19, which the source is written for, there is nothing to rewrite, so that
Python alone does; the other majors need lxml and polib, and `--checked` needs them for all.
"""

import ast
import io
import sys
import zipfile
from pathlib import Path

from basics import ADDON, MAJORS, NATIVE, PROVISIONAL, Unknown

PROJECT = Path(__file__).resolve().parents[2]
LEFT_OUT = ("__pycache__", ".pyc", ".pyo", "~", ".orig", ".rej", ".swp")
# A zip knows no time before this, and no time zone: every file has this one.
TIME = (1980, 1, 1, 0, 0, 0)


def files_below(folder):
    """{path: bytes}, without what editors and Python leave behind."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") or part.endswith(LEFT_OUT) for part in name.split("/")):
            found[name] = path.read_bytes()
    return found


def overlays(major):
    """The differences that this major gets, the first laid first: each major inherits those between it and the
    native one."""
    step = -1 if major < NATIVE else 1
    return [f"{between}.0" for between in range(NATIVE, major + step, step) if between != NATIVE]


def source_for(major, project=PROJECT):
    """The source with the differences of that major laid over it."""
    files = files_below(project / "odoo_addon" / ADDON)
    for series in overlays(major):
        folder = project / "odoo_addon" / "series" / series
        if folder.is_dir():
            files.update(files_below(folder))
    return files


def stamp(manifest, major):
    """The manifest with that major's version, and the version."""
    text = manifest.decode()
    tree = ast.parse(text).body[0].value
    for key, value in zip(tree.keys, tree.values):
        if isinstance(key, ast.Constant) and key.value == "version":
            parts = value.value.split(".")
            if len(parts) != 5 or parts[:2] != [str(NATIVE), "0"]:
                raise Unknown("__manifest__.py", value.lineno, f"the version {value.value} is not {NATIVE}.0.x.y.z")
            version = ".".join([str(major), *parts[1:]])
            lines = text.splitlines(keepends=True)
            line = lines[value.lineno - 1].encode()
            lines[value.lineno - 1] = (
                line[: value.col_offset] + f'"{version}"'.encode() + line[value.end_col_offset :]
            ).decode()
            return "".join(lines).encode(), version
    raise Unknown("__manifest__.py", 0, "there is no version")


def packed(files):
    """The bytes of a zip whose one folder is the addon."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{ADDON}/{name}", TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def build(major, project=PROJECT, checked=False):
    """(version, {path: bytes}) of the addon for that major."""
    files = source_for(major, project)
    if major != NATIVE:
        from rewrite import rewritten

        files = rewritten(files, major)
    files["__manifest__.py"], version = stamp(files["__manifest__.py"], major)
    if checked or major != NATIVE:
        from checks import check

        check(files, major)
    return version, files


def main(arguments):
    checked = "--checked" in arguments
    arguments = [argument for argument in arguments if argument != "--checked"]
    if len(arguments) != 2 or arguments[0] not in map(str, MAJORS):
        print(f"usage: package.py {'|'.join(map(str, MAJORS))} OUT [--checked]", file=sys.stderr)
        return 2
    major, out = int(arguments[0]), Path(arguments[1])
    try:
        version, files = build(major, checked=checked)
    except Unknown as unknown:
        print(f"error: for Odoo {major}: {unknown}", file=sys.stderr)
        if unknown.hint:
            print(f"hint: {unknown.hint}", file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{ADDON}-{version}.zip"
    target.write_bytes(packed(files))
    print(target)
    if major in PROVISIONAL:
        print(f"warning: Odoo {major} is known in part only; this zip is provisional and was tried on none", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
