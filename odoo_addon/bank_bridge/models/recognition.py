"""Is this line of a bank already in Odoo? Pure functions, used alike by the plan and by the push.

Lines whose identity is known never come here. What comes here is compared, per booking date and amount, with the lines
that Odoo holds from elsewhere: made by hand, by another tool, or from another source. Two rules bind:

- counterparty accounts that are both known and different never match, nor do end-to-end references of one standard;
- nothing is guessed: where a choice would be left, the lines are held for a person.

An entry of a bank may be one line in one file and several in another, one for each payment in it. So an entry that was
split is compared as one line too, and a line with the sum of an entry that Odoo has in parts.
"""

import re
from collections import defaultdict
from typing import NamedTuple

NEW, MATCHED, HELD = "new", "matched", "held"
ONLINE = "online"


def source_family(source):
    """The format without its version: a bank that moves to a later version names its lines as before.

    The messages of ISO 20022 are sources of their own: an intraday report (camt.052) and a notification (camt.054) may
    name a line otherwise than the statement (camt.053), whose family is `camt`. An account of an online connection is a
    source of its own, and a new one after each new consent: providers may name lines otherwise from then on.
    """
    parts = (source or "").split(".")
    if parts[0] == ONLINE:
        return source
    if parts[0] == "camt" and parts[1:2] in (["052"], ["054"]):
        return ".".join(parts[:2])
    return parts[0]


def account_key(text):
    """An account number such that two spellings of one account are equal; None when unknown.

    Letters and digits in capitals; a Belgian IBAN counts as its twelve-digit national number.
    """
    key = re.sub(r"[\W_]+", "", text or "").upper()
    if re.fullmatch(r"BE\d{14}", key):
        return key[4:]
    return key or None


class Line(NamedTuple):
    """What is compared of a line; `key` is the caller's."""

    key: object
    day: str
    amount: str
    account: str | None = None
    # End-to-end reference, where both sides write it alike.
    reference: str | None = None

    def may_be(self, other):
        return not any(ours and theirs and ours != theirs for ours, theirs in zip(self[3:], other[3:]))


class Split(NamedTuple):
    """An entry that was split: its day, amount and the keys of its lines."""

    day: str
    amount: str
    keys: list


def recognise(new, existing, new_splits, old_splits):
    """Match lines of one source with lines from elsewhere, also where one side has an entry in parts.

    `new` and `existing`: lists of Line, in the order of `match`. `new_splits` and `old_splits`: {whole: Split} of entries
    whose lines are among the new ones, and of those that Odoo has in parts from elsewhere.
    Returns ({key of new: (result, key of existing or None, [candidates])}, {key of new or whole of new_splits: [keys of
    existing]}); the second tells what a whole entry is where that is not what its own line or lines are.
    """
    outcome = match(new, existing)
    # An entry of which every part is there from elsewhere is there in parts.
    as_one = {
        whole: split
        for whole, split in new_splits.items()
        if any(outcome[key][0] != MATCHED for key in split.keys)
    }
    if not as_one and not old_splits:
        return outcome, {}
    within = {key: whole for whole, split in as_one.items() for key in split.keys}
    units = {}
    for line in new:
        whole = within.get(line.key)
        unit = line if whole is None else Line(("whole", whole), line.day, as_one[whole].amount)
        units.setdefault(unit.key, unit)

    outcome = match(list(units.values()), existing)
    accounts = {line.key: line.account for line in existing}
    meant = {}
    for key, whole in [(("whole", whole), whole) for whole in as_one]:
        result, found, _candidates = outcome[key]
        if result == MATCHED and accounts[found]:
            # A sum of payments is nobody's in particular; this line is somebody's.
            outcome[key] = (HELD, None, [found])
        elif result == MATCHED:
            meant[whole] = [found]
    _match_old_splits(units, old_splits, outcome, meant)

    taken = {key for _result, found, candidates in outcome.values() for key in (found, *candidates)}
    apart = []
    for line in new:
        whole = within.get(line.key)
        if whole is None:
            continue
        if outcome["whole", whole][0] == NEW:
            apart.append(line)
        else:
            outcome[line.key] = outcome["whole", whole]
    outcome.update(match(apart, [line for line in existing if line.key not in taken]))
    for whole in as_one:
        del outcome["whole", whole]
    return outcome, meant


def _match_old_splits(units, old_splits, outcome, meant):
    """What is new so far may be an entry that Odoo has in parts."""
    taken = {key for _result, found, candidates in outcome.values() for key in (found, *candidates)}
    free = {whole: split for whole, split in old_splits.items() if not taken.intersection(split.keys)}
    left = []
    for key, unit in units.items():
        whole = key[1] if isinstance(key, tuple) else None
        if outcome[key][0] != NEW:
            continue
        if whole in free and free[whole][:2] == unit[1:3]:
            # The bank names the entry alike, and splits it otherwise.
            meant[whole] = free.pop(whole).keys
            outcome[key] = (MATCHED, meant[whole][0], [])
        else:
            left.append(unit)
    found = match(left, [Line(whole, split.day, split.amount) for whole, split in free.items()])
    for key, (result, whole, candidates) in found.items():
        if result == MATCHED and not units[key].account:
            lines = free[whole].keys
            outcome[key] = (MATCHED, lines[0], [])
            # A unit of parts is named by its whole entry.
            meant[key[1] if isinstance(key, tuple) else key] = lines
        elif result != NEW:
            wholes = candidates or [whole]
            outcome[key] = (HELD, None, [line for one in wholes for line in free[one].keys])


def match(new, existing):
    """Match lines of one source with lines from elsewhere.

    `new` and `existing` are lists of Line, `new` in the bank's order, `existing` in Odoo's, oldest first. Returns
    {key of new: (result, key of existing or None, [candidates])}.
    """
    outcome = {}
    groups = defaultdict(lambda: ([], []))
    for line in new:
        groups[line.day, line.amount][0].append(line)
    for line in existing:
        if (line.day, line.amount) in groups:
            groups[line.day, line.amount][1].append(line)
    for lines, others in groups.values():
        _match_group(lines, others, outcome)
    return outcome


def _match_group(lines, others, outcome):
    """One booking date and amount."""
    # Both references or both accounts known and equal: certain.
    for mark in (4, 3):
        lines, others = _match_certain(lines, others, mark, outcome)

    # What is left can only match where one side does not know its account.
    candidates = {line.key: [other.key for other in others if line.may_be(other)] for line in lines}
    for line in lines:
        if not candidates[line.key]:
            outcome[line.key] = (NEW, None, [])
    left = [line for line in lines if candidates[line.key]]
    reachable = {other for line in left for other in candidates[line.key]}
    others = [other for other in others if other.key in reachable]
    if not left:
        return

    all_possible = all(len(candidates[line.key]) == len(others) for line in left)
    # Of the larger side some stay over; which ones may only be open where they cannot be told apart.
    larger = left if len(left) > len(others) else others if len(others) > len(left) else []
    if not all_possible or len({line.account for line in larger}) > 1:
        for line in left:
            outcome[line.key] = (HELD, None, candidates[line.key])
        return
    for position, line in enumerate(left):
        if position < len(others):
            outcome[line.key] = (MATCHED, others[position].key, [])
        else:
            outcome[line.key] = (NEW, None, [])


def _match_certain(lines, others, mark, outcome):
    """Pair those whose mark is known and equal; gives what is left of both."""
    by_mark = defaultdict(list)
    for other in others:
        if other[mark]:
            by_mark[other[mark]].append(other)
    taken, left = set(), []
    for line in lines:
        found = next((other for other in by_mark.get(line[mark], ()) if line.may_be(other)), None)
        if line[mark] and found:
            by_mark[line[mark]].remove(found)
            taken.add(found.key)
            outcome[line.key] = (MATCHED, found.key, [])
        else:
            left.append(line)
    return left, [other for other in others if other.key not in taken]
