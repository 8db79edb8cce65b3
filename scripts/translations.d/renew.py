"""Renews template and languages of the addon: renew.py EXPORTED.pot FOLDER [WORDS.json...]"""

import json
import sys
from pathlib import Path

import polib

LANGUAGES = ("nl", "fr", "de")


def sort(catalogue):
    catalogue.sort(key=lambda entry: entry.msgid)
    for entry in catalogue:
        entry.occurrences = sorted(set(entry.occurrences))


def renew(template, path, words):
    """Brings one language in step; gives the terms that it lacks."""
    language = path.stem
    known = polib.pofile(str(path))
    said = {entry.msgid: entry.msgstr for entry in known}
    said.update({term: given[language] for term, given in words.items() if given.get(language)})
    made = polib.POFile()
    made.header, made.metadata = known.header, known.metadata
    for entry in template:
        made.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgstr=said.get(entry.msgid, ""),
                comment=entry.comment,
                occurrences=entry.occurrences,
                flags=entry.flags,
            )
        )
    made.save(str(path))
    return [entry.msgid for entry in made if not entry.msgstr]


def main():
    exported, folder, *files = sys.argv[1:]
    template = polib.pofile(exported)
    header = polib.pofile(str(Path(folder) / "bank_bridge.pot"))
    words = {}
    for file in files:
        words.update(json.loads(Path(file).read_text()))
    fresh = polib.POFile()
    fresh.header, fresh.metadata = header.header, header.metadata
    for entry in template:
        fresh.append(
            polib.POEntry(
                msgid=entry.msgid, comment=entry.comment, occurrences=entry.occurrences, flags=entry.flags
            )
        )
    sort(fresh)
    fresh.save(str(Path(folder) / "bank_bridge.pot"))
    lacking = 0
    for language in LANGUAGES:
        missing = renew(fresh, Path(folder) / f"{language}.po", words)
        lacking += len(missing)
        print(f"{language}: {len(fresh) - len(missing)} of {len(fresh)} terms")
        for term in missing:
            print(f"  to translate: {json.dumps(term, ensure_ascii=False)}")
    unused = set(words) - {entry.msgid for entry in fresh}
    for term in sorted(unused):
        print(f"not a term of the addon: {json.dumps(term, ensure_ascii=False)}")
    sys.exit(1 if lacking else 0)


main()
