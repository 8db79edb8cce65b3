import itertools

from odoo.tests import BaseCase, tagged

from ..models.placement import FIRST, STEP, place


def shown(existing, lines):
    """The day as Odoo would show it, oldest first; new lines as n0, n1, ..."""
    sequences, renumbered = place(existing, lines)
    day = [(-renumbered.get(key, sequence), key, key) for key, sequence in existing]
    day += [(-sequence, 1000 + i, f"n{i}") for i, sequence in enumerate(sequences)]
    return [name for _sequence, _id, name in sorted(day, key=lambda one: one[:2])]


@tagged("post_install", "-at_install", "bank_bridge")
class TestPlacement(BaseCase):
    def test_empty_day(self):
        self.assertEqual(place([], [None, None, None]), ([FIRST, FIRST - STEP, FIRST - 2 * STEP], {}))

    def test_places(self):
        cases = [
            # existing (id, sequence), the file (ids and new), the day afterwards
            ([(1, 100)], [None], [1, "n0"]),
            ([(1, 1), (2, 1)], [None, None], [1, 2, "n0", "n1"]),
            ([(1, 100)], [None, None, 1], ["n0", "n1", 1]),
            ([(1, 100), (2, 50)], [1, None, None, 2, None], [1, "n0", "n1", 2, "n2"]),
            # no room: equal sequences are ordered by id, so the day is numbered afresh
            ([(1, 1), (2, 1)], [1, None, 2], [1, "n0", 2]),
            ([(1, 3), (2, 2)], [1, None, None, None, 2], [1, "n0", "n1", "n2", 2]),
            # a line of Odoo that the file does not have stays where it is
            ([(1, 100), (7, 90), (2, 50)], [1, None, 2], [1, 7, "n0", 2]),
            # a known line of another day is no landmark
            ([(1, 100)], [None, 99], [1, "n0"]),
        ]
        for existing, lines, expected in cases:
            with self.subTest(existing=existing, lines=lines):
                self.assertEqual(shown(existing, lines), expected)

    def test_any_part_first(self):
        """Whatever part of a day came first, the day ends in the file's order."""
        for count in range(1, 5):
            for known in itertools.product([True, False], repeat=count):
                ids = iter(range(1, count + 1))
                lines = [next(ids) if one else None for one in known]
                existing = [(key, 10) for key in lines if key]
                new = iter(range(count))
                expected = [key or f"n{next(new)}" for key in lines]
                self.assertEqual(shown(existing, lines), expected)
