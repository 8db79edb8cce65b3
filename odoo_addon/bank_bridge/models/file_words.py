"""What the bridge says of a file, in the user's language, and what the user can choose about it."""

from .messages import TABLE, say, say_step
from .messages_file import FILE_TABLE
from .messages_findings import FINDINGS

JOURNAL = ("BB-4101", "BB-4102", "BB-4103", "BB-4104", "BB-4105", "BB-4108", "BB-4109", "BB-4111")
BALANCE = ("BB-3204", "BB-3310", "BB-3311", "BB-3312", "BB-3313", "BB-3314", "BB-3705", "BB-3707", "BB-5501")
DATES = ("BB-3013", "BB-3015", "BB-3608", "BB-3504")
DECIMALS = ("BB-3016", "BB-3506", "BB-3609")
FORMAT = ("BB-3002", "BB-3003")
COLUMNS = ("BB-3602", "BB-3603", "BB-3604", "BB-3605", "BB-3610", "BB-3611")


def entry_of(code):
    return FILE_TABLE.get(code) or FINDINGS.get(code) or TABLE.get(code)


def words_of(env, code, arguments=None, english=None):
    """What a code means: our own sentence, else the bridge's."""
    entry = entry_of(code)
    if not entry:
        return english or env._("The bridge reports %s.", code)
    # A sentence of the bridge goes on from a place; here it stands alone.
    return say(env, entry, arguments, english and english[:1].upper() + english[1:])


def step_of(env, code):
    """What to do about it, or nothing."""
    return say_step(env, entry_of(code))


def needs_of(code):
    """Which choices may help."""
    needs = set()
    for name, codes in (
        ("journal", JOURNAL),
        ("balance", BALANCE),
        ("dates", DATES),
        ("decimals", DECIMALS),
        ("format", FORMAT),
        ("columns", COLUMNS),
    ):
        if code in codes:
            needs.add(name)
    if code == "BB-4101":
        needs.add("new_journal")
    if code == "BB-4111":
        needs.add("force")
    return needs
