"""Is this line of a bank already in Odoo? Pure functions, used alike by the plan and by the push.

Lines whose identity is known never come here. What comes here is compared, per booking date and amount, with the lines
that Odoo holds from elsewhere: made by hand, by another tool, or from another source. Two rules bind:

- counterparty accounts that are both known and different never match;
- nothing is guessed: where a choice would be left, the lines are held for a person.
"""

import re
from collections import defaultdict

NEW, MATCHED, HELD = "new", "matched", "held"


def account_key(text):
    """An account number such that two spellings of one account are equal; None when unknown.

    Letters and digits in capitals; a Belgian IBAN counts as its twelve-digit national number.
    """
    key = re.sub(r"[\W_]+", "", text or "").upper()
    if re.fullmatch(r"BE\d{14}", key):
        return key[4:]
    return key or None


def match(new, existing):
    """Match lines of one source with lines from elsewhere.

    `new` and `existing` are lists of (key, day, amount, account key or None), `new` in the bank's order, `existing` in
    Odoo's, oldest first. Returns {key of new: (result, key of existing or None, [candidates])}.
    """
    outcome = {}
    groups = defaultdict(lambda: ([], []))
    for key, day, amount, account in new:
        groups[day, amount][0].append((key, account))
    for key, day, amount, account in existing:
        if (day, amount) in groups:
            groups[day, amount][1].append((key, account))
    for lines, others in groups.values():
        _match_group(lines, others, outcome)
    return outcome


def _match_group(lines, others, outcome):
    """One booking date and amount."""
    # Both accounts known and equal: certain.
    by_account = defaultdict(list)
    for key, account in others:
        if account:
            by_account[account].append(key)
    taken = set()
    left = []
    for key, account in lines:
        if account and by_account[account]:
            other = by_account[account].pop(0)
            taken.add(other)
            outcome[key] = (MATCHED, other, [])
        else:
            left.append((key, account))
    others = [(key, account) for key, account in others if key not in taken]

    # What is left can only match where one side does not know its account.
    candidates = {key: [other for other, theirs in others if not (account and theirs)] for key, account in left}
    for key, _account in left:
        if not candidates[key]:
            outcome[key] = (NEW, None, [])
    left = [(key, account) for key, account in left if candidates[key]]
    reachable = {other for key, _account in left for other in candidates[key]}
    others = [(key, account) for key, account in others if key in reachable]
    if not left:
        return

    all_possible = all(len(candidates[key]) == len(others) for key, _account in left)
    # Of the larger side some stay over; which ones may only be open where they cannot be told apart.
    larger = left if len(left) > len(others) else others if len(others) > len(left) else []
    if not all_possible or len({account for _key, account in larger}) > 1:
        for key, _account in left:
            outcome[key] = (HELD, None, candidates[key])
        return
    for position, (key, _account) in enumerate(left):
        if position < len(others):
            outcome[key] = (MATCHED, others[position][0], [])
        else:
            outcome[key] = (NEW, None, [])
