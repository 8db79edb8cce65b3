from odoo.tests import BaseCase, tagged

from ..models.recognition import HELD, MATCHED, NEW, Line, Split, account_key, match, recognise, source_family

A, B = "A1", "B2"
DAY = "2026-03-02"


@tagged("post_install", "-at_install", "bank_bridge")
class TestRecognition(BaseCase):
    def outcome(self, new, existing):
        """New lines as n0, n1, ..., existing as e0, e1, ..., each given by its counterparty account."""
        found = match(
            [Line(f"n{i}", DAY, "5.00", account) for i, account in enumerate(new)],
            [Line(f"e{i}", DAY, "5.00", account) for i, account in enumerate(existing)],
        )
        return [found[f"n{i}"][:2] for i in range(len(new))]

    def test_table(self):
        new, held = (NEW, None), (HELD, None)
        e0, e1 = (MATCHED, "e0"), (MATCHED, "e1")
        cases = [
            # new lines' accounts, existing lines' accounts, what becomes of the new ones
            ([A], [], [new]),
            ([A], [A], [e0]),
            ([A], [B], [new]),
            ([A], [None], [e0]),
            ([None], [A], [e0]),
            ([None], [None], [e0]),
            ([A, A], [A], [e0, new]),
            ([A, A], [A, A], [e0, e1]),
            ([A], [A, A], [e0]),
            ([A, B], [B, A], [e1, e0]),
            ([A, B], [B, None], [e1, e0]),
            ([A, None], [A, None], [e0, e1]),
            # one of two, and which one cannot be told
            ([None], [A, B], [held]),
            ([A], [None, None], [e0]),
            ([A, B], [None], [held, held]),
            ([None, None], [A], [e0, new]),
            ([None, None], [A, B], [e0, e1]),
            ([A, B], [None, None], [e0, e1]),
            # a choice is left: the unknown may be either
            ([A, None], [None, B], [held, held]),
            # A is not B: only the unknown one can be matched
            ([A, None], [B], [new, e0]),
            ([A], [B, None], [e1]),
        ]
        for new_accounts, existing, expected in cases:
            with self.subTest(new=new_accounts, existing=existing):
                self.assertEqual(self.outcome(new_accounts, existing), expected)

    def test_candidates_of_held(self):
        found = match([Line("n", DAY, "5.00")], [Line("e", DAY, "5.00", A), Line("f", DAY, "5.00", B)])
        self.assertEqual(found["n"], (HELD, None, ["e", "f"]))

    def test_day_and_amount_must_be_equal(self):
        found = match([Line("n", DAY, "5.00", A)], [Line("e", "2026-03-03", "5.00", A), Line("f", DAY, "-5.00", A)])
        self.assertEqual(found["n"][0], NEW)

    def test_account_key(self):
        self.assertEqual(account_key("BE68 5390 0754 7034"), account_key("539-0075470-34"))
        self.assertEqual(account_key("nl91 abna 0417 1643 00"), "NL91ABNA0417164300")
        self.assertIsNone(account_key(""))
        self.assertIsNone(account_key(None))
        self.assertIsNone(account_key(" - "))

    def test_references(self):
        def outcome(new, existing):
            found = match(
                [Line(f"n{i}", DAY, "5.00", *marks) for i, marks in enumerate(new)],
                [Line(f"e{i}", DAY, "5.00", *marks) for i, marks in enumerate(existing)],
            )
            return [found[f"n{i}"][:2] for i in range(len(new))]

        new = (NEW, None)
        e0, e1 = (MATCHED, "e0"), (MATCHED, "e1")
        # Different references are different payments, whoever paid.
        self.assertEqual(outcome([(A, "X")], [(A, "Y")]), [new])
        self.assertEqual(outcome([(None, "X")], [(None, "Y")]), [new])
        # Equal ones are one payment, before accounts are looked at, and unless those differ.
        self.assertEqual(outcome([(A, "X"), (A, "Y")], [(A, "Y"), (A, "X")]), [e1, e0])
        self.assertEqual(outcome([(None, "X")], [(A, None), (None, "X")]), [e1])
        self.assertEqual(outcome([(A, "X")], [(B, "X")]), [new])
        # One that is not known may be any.
        self.assertEqual(outcome([(A, "X")], [(A, None)]), [e0])
        self.assertEqual(outcome([(None, "X"), (None, "Y")], [(None, None)]), [e0, new])

    def entry(self, new, existing, splits=None, old=None):
        """Lines as {key: amount or (amount, account)}, splits as {whole: (amount, keys)}."""

        def lines(given):
            return [
                Line(key, DAY, *(value if isinstance(value, tuple) else (value,))) for key, value in given.items()
            ]

        def entries(given):
            return {whole: Split(DAY, amount, keys) for whole, (amount, keys) in (given or {}).items()}

        found, meant = recognise(lines(new), lines(existing), entries(splits), entries(old))
        return {key: value[:2] for key, value in found.items()}, meant

    def test_entry_in_parts_that_is_one_line(self):
        parts, split = {"p": ("40.00", A), "q": ("60.00", B)}, {"w": ("100.00", ["p", "q"])}
        e, new, held = (MATCHED, "e"), (NEW, None), (HELD, None)
        self.assertEqual(self.entry(parts, {"e": "100.00"}, split), ({"p": e, "q": e}, {"w": ["e"]}))
        self.assertEqual(self.entry(parts, {}, split), ({"p": new, "q": new}, {}))
        self.assertEqual(self.entry(parts, {"e": "90.00"}, split), ({"p": new, "q": new}, {}))
        # A line with somebody's account is hardly a sum of payments.
        self.assertEqual(self.entry(parts, {"e": ("100.00", A)}, split), ({"p": held, "q": held}, {}))
        # There in parts too; the line of the same amount is another.
        there = {"e": "100.00", "f": "40.00", "g": "60.00"}
        self.assertEqual(self.entry(parts, there, split), ({"p": (MATCHED, "f"), "q": (MATCHED, "g")}, {}))
        # Some of it, by hand: the rest is new.
        self.assertEqual(self.entry(parts, {"f": "40.00"}, split), ({"p": (MATCHED, "f"), "q": new}, {}))
        # One line of that amount, and two claims on it.
        claims = {**parts, "n": ("100.00", A)}
        self.assertEqual(self.entry(claims, {"e": "100.00"}, split), ({"p": held, "q": held, "n": held}, {}))

    def test_line_that_is_an_entry_in_parts(self):
        there, old = {}, {"w": ("100.00", ["f", "g"])}
        self.assertEqual(self.entry({"n": "100.00"}, there, None, old), ({"n": (MATCHED, "f")}, {"n": ["f", "g"]}))
        self.assertEqual(self.entry({"n": "90.00"}, there, None, old), ({"n": (NEW, None)}, {}))
        self.assertEqual(self.entry({"n": ("100.00", A)}, there, None, old), ({"n": (HELD, None)}, {}))
        # A line of that amount comes first, and what is one line's is no entry's.
        self.assertEqual(self.entry({"n": "100.00"}, {"e": "100.00"}, None, old), ({"n": (MATCHED, "e")}, {}))
        both = {"n": "100.00", "m": "40.00"}
        found = {"n": (NEW, None), "m": (MATCHED, "f")}
        self.assertEqual(self.entry(both, {"f": "40.00"}, None, old), (found, {}))
        # Two entries of one amount.
        two = {**old, "v": ("100.00", ["h", "i"])}
        self.assertEqual(self.entry({"n": "100.00"}, there, None, two), ({"n": (MATCHED, "f")}, {"n": ["f", "g"]}))
        self.assertEqual(
            self.entry({"n": "100.00", "m": "100.00"}, there, None, two),
            ({"n": (MATCHED, "f"), "m": (MATCHED, "h")}, {"n": ["f", "g"], "m": ["h", "i"]}),
        )

    def test_entry_in_other_parts(self):
        parts, split = {"p": "10.00", "q": "90.00"}, {"w": ("100.00", ["p", "q"])}
        f = (MATCHED, "f")
        old = {"v": ("100.00", ["f", "g"])}
        self.assertEqual(self.entry(parts, {}, split, old), ({"p": f, "q": f}, {"w": ["f", "g"]}))
        # By its name, where two have the amount.
        old = {"v": ("100.00", ["h", "i"]), "w": ("100.00", ["f", "g"])}
        self.assertEqual(self.entry(parts, {}, split, old), ({"p": f, "q": f}, {"w": ["f", "g"]}))

    def test_source_family(self):
        families = {
            "camt.053.001.08": "camt",
            "camt.053": "camt",
            "camt.052.001.02": "camt.052",
            "camt.052": "camt.052",
            "camt.054.001.08": "camt.054",
            "coda.2": "coda",
            "mt940": "mt940",
            "mt942": "mt942",
            None: "",
        }
        for source, family in families.items():
            self.assertEqual(source_family(source), family)
