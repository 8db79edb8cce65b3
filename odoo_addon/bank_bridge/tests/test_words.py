import re

from odoo.tests import tagged

from ..models.bank_bridge_registration import BridgeFailure
from ..models.messages import TABLE, passes_by_itself
from .online import OnlineCase

# The bridge's codes for online connections, with the arguments that it gives to each.
CODES = {
    "BB-1006": "",
    "BB-1008": "",
    "BB-1009": "",
    "BB-2001": "provider reason",
    "BB-2002": "provider seconds",
    "BB-2003": "provider status",
    "BB-2004": "provider reason",
    "BB-2005": "provider",
    "BB-2006": "provider",
    "BB-2007": "provider reason",
    "BB-2008": "provider reason",
    "BB-2009": "provider",
    "BB-2010": "provider",
    "BB-2011": "provider",
    "BB-2012": "provider count",
    "BB-2013": "name known",
    "BB-2014": "provider option",
    "BB-2015": "provider reason",
    "BB-2016": "provider reason",
    "BB-2017": "id provider reason",
    "BB-2018": "provider",
    "BB-2019": "provider reason",
    "BB-2020": "provider",
    "BB-2201": "",
    "BB-2202": "",
    "BB-2203": "",
    "BB-2204": "",
    "BB-2205": "message",
    "BB-2206": "provider",
    "BB-2207": "provider account",
    "BB-2208": "account",
    "BB-2209": "",
    "BB-2210": "date",
    "BB-2211": "provider",
    "BB-2212": "",
    "BB-2301": "provider",
    "BB-2302": "until",
    "BB-2303": "provider",
    "BB-2304": "provider",
    "BB-2305": "",
    "BB-2306": "provider",
    "BB-2307": "provider",
    "BB-2308": "provider since",
    "BB-2309": "provider",
    "BB-2310": "provider",
    "BB-4001": "address reason",
    "BB-4002": "address status",
    "BB-4005": "found expected",
    "BB-4006": "user right",
    "BB-4007": "exception message",
    "BB-4008": "seconds",
    "BB-4011": "",
    "BB-4012": "run",
    "BB-4013": "kilobytes",
    "BB-4102": "journal",
    "BB-4103": "journal journal_currency currency",
    "BB-4105": "journal",
    "BB-4106": "count date locked_until",
    "BB-4107": "amount currency",
    "BB-4110": "currency",
    "BB-4201": "connection",
    "BB-4202": "until",
    "BB-4203": "",
    "BB-4204": "",
    "BB-4205": "account",
    "BB-4206": "",
    "BB-5801": "count locked_until",
    "BB-5802": "provider count",
    "BB-5803": "provider count",
    "BB-5804": "provider account",
    "BB-9001": "what",
}
# Arguments that the sentence leaves out: a list of providers, and a journal's id.
NOT_SHOWN = {"BB-2013": {"known"}, "BB-4102": {"journal"}}


@tagged("post_install", "-at_install", "bank_bridge")
class TestWords(OnlineCase):
    def test_every_code_has_a_sentence(self):
        self.assertEqual(set(TABLE), set(CODES))
        for code, names in CODES.items():
            with self.subTest(code):
                arguments = {name: f"<{name}>" for name in names.split()}
                text = self.connection._words(code, arguments)
                self.assertNotIn("%", text)
                self.assertNotIn("?", text)
                shown = set(re.findall(r"<(\w+)>", text))
                self.assertEqual(shown, set(arguments) - NOT_SHOWN.get(code, set()))
                self.assertNotIn("%(", self.connection._step(code))

    def test_in_every_language(self):
        for lang in ("nl_NL", "fr_FR", "de_DE"):
            self.env["res.lang"]._activate_lang(lang)
            self.env["ir.module.module"].search([("name", "=", "bank_bridge")])._update_translations([lang])
            connection = self.connection.with_context(lang=lang)
            for code, names in CODES.items():
                with self.subTest(code, lang=lang):
                    arguments = {name: name for name in names.split()}
                    self.assertNotEqual(connection._words(code, arguments), self.connection._words(code, arguments))
                    if self.connection._step(code):
                        self.assertNotEqual(connection._step(code), self.connection._step(code))

    def test_arguments(self):
        words = self.connection._words
        self.assertEqual(words("BB-2302", {"until": 7}), "The bank is in maintenance until 7.")
        self.assertEqual(words("BB-2302", {"until": "100 % sure"}), "The bank is in maintenance until 100 % sure.")
        self.assertEqual(words("BB-2302"), "The bank is in maintenance until ?.")
        self.assertEqual(words("BB-2302", {}, "in English"), "in English")
        self.assertEqual(words("BB-2203", {}, "in English"), "The consent to read the accounts has ended.")
        self.assertEqual(words("BB-2999", {}, "in English"), "in English")
        self.assertIn("BB-2999", words("BB-2999"))

    def test_what_passes(self):
        self.assertTrue(passes_by_itself("BB-2001") and passes_by_itself("BB-2305") and passes_by_itself("BB-9999"))
        self.assertFalse(passes_by_itself("BB-2203") or passes_by_itself("BB-2006"))
        self.assertTrue(passes_by_itself("BB-2019") and passes_by_itself("BB-4106") and passes_by_itself("BB-4012"))
        self.assertFalse(passes_by_itself("BB-2020") or passes_by_itself("BB-2310") or passes_by_itself("BB-1006"))

    def test_of_a_call(self):
        """What the bridge refuses a call with is said by the same table, where its arguments are there."""
        words = self.connection._words_of_call
        failure = BridgeFailure("BB-2013", "the bridge has no provider x")
        self.assertEqual(words(failure), "the bridge has no provider x")
        failure.details = {"name": "y"}
        self.assertEqual(words(failure), "The bridge has no provider y.")
        self.assertEqual(words(BridgeFailure("BB-1009", "in English")), "The bridge has too much to do at once.")
        self.assertIn("web.base.url", words(BridgeFailure("BB-4001")))
        self.assertEqual(words(BridgeFailure("BB-1999", "in English")), "in English")
