from odoo.tests import BaseCase, tagged

from ..models.recognition import HELD, MATCHED, NEW, account_key, match

A, B = "A1", "B2"
DAY = "2026-03-02"


@tagged("post_install", "-at_install", "bank_bridge")
class TestRecognition(BaseCase):
    def outcome(self, new, existing):
        """New lines as n0, n1, ..., existing as e0, e1, ..., each given by its counterparty account."""
        found = match(
            [(f"n{i}", DAY, "5.00", account) for i, account in enumerate(new)],
            [(f"e{i}", DAY, "5.00", account) for i, account in enumerate(existing)],
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
        found = match([("n", DAY, "5.00", None)], [("e", DAY, "5.00", A), ("f", DAY, "5.00", B)])
        self.assertEqual(found["n"], (HELD, None, ["e", "f"]))

    def test_day_and_amount_must_be_equal(self):
        found = match([("n", DAY, "5.00", A)], [("e", "2026-03-03", "5.00", A), ("f", DAY, "-5.00", A)])
        self.assertEqual(found["n"][0], NEW)

    def test_account_key(self):
        self.assertEqual(account_key("BE68 5390 0754 7034"), account_key("539-0075470-34"))
        self.assertEqual(account_key("nl91 abna 0417 1643 00"), "NL91ABNA0417164300")
        self.assertIsNone(account_key(""))
        self.assertIsNone(account_key(None))
        self.assertIsNone(account_key(" - "))
