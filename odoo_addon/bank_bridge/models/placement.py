"""Where in a day's order a new line stands. A pure function.

Odoo shows the lines of a day by falling `sequence`, then by rising id: the oldest line has the highest sequence.
"""

FIRST = 1_000_000
STEP = 10


def place(existing, lines):
    """Sequences for the new lines of one journal and day.

    `existing`: [(id, sequence)] of the day, oldest first. `lines`: the day's lines of the file in the bank's order, each
    the id of a line in `existing` or None for a new one, which will be created in this order.
    Returns (sequences of the new lines in order, {id: sequence} of existing lines that must be renumbered).

    New lines go after those already there, except where the file shows them before a known line.
    """
    sequence_of = dict(existing)
    order = [key for key, _sequence in existing]
    next_known = [None] * len(lines)
    anchor = None
    for index in reversed(range(len(lines))):
        next_known[index] = anchor
        if lines[index] in sequence_of:
            anchor = lines[index]
    before, at_end = {}, []
    new = [index for index, line in enumerate(lines) if line is None]
    for index in new:
        if next_known[index] is None:
            at_end.append(index)
        else:
            before.setdefault(next_known[index], []).append(index)

    chosen = {}
    previous = None
    for key in order:
        run = before.get(key, [])
        count, low = len(run), sequence_of[key]
        if run and previous is None:
            chosen.update((index, low + STEP * (count - i)) for i, index in enumerate(run))
        elif run:
            gap = sequence_of[previous] - low
            if gap == 0:
                return _renumber(order, before, at_end, new)
            # In a narrow gap all take the sequence of the line before: their ids are higher, so they follow it.
            step = gap // (count + 1)
            chosen.update((index, sequence_of[previous] - step * (i + 1)) for i, index in enumerate(run))
        previous = key
    start = sequence_of[previous] - STEP if previous is not None else FIRST
    chosen.update((index, start - STEP * i) for i, index in enumerate(at_end))
    return [chosen[index] for index in new], {}


def _renumber(order, before, at_end, new):
    """No room between two lines entered by hand: number the whole day afresh."""
    chosen, renumbered, sequence = {}, {}, FIRST
    for key in order:
        for index in before.get(key, []):
            chosen[index] = sequence
            sequence -= STEP
        renumbered[key] = sequence
        sequence -= STEP
    for index in at_end:
        chosen[index] = sequence
        sequence -= STEP
    return [chosen[index] for index in new], renumbered
