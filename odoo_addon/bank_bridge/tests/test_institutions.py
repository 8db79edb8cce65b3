"""The lists of banks: one entry a bank, whoever reaches it, and a bridge that is asked once a day."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models import bank_bridge_registration
from ..models.bank_bridge_institution import bic_key, name_key
from ..models.bank_bridge_registration import BridgeFailure
from .online import OnlineCase

PROFILES = {
    "providers": [
        {
            "id": "ponto",
            "title": "Ponto",
            "sandbox": True,
            "consent": "credentials",
            "price": "€4 a month for each account",
            "renewal_days": 180,
            "site": "https://ponto.example",
        },
        {
            "id": "saltedge",
            "title": "Salt Edge",
            "sandbox": False,
            "consent": "redirect",
            "price": "free",
            "renewal_days": 90,
            "site": "https://saltedge.example",
        },
        {"id": "unknown", "title": "Unknown", "sandbox": False, "consent": "redirect", "price": "dear"},
    ]
}


def bank(identity, name, bic=None, **further):
    return {"id": identity, "name": name, "country": "BE", "bic": bic, "logo": None, **further}


class InstitutionCase(OnlineCase):
    def offering(self, **lists):
        """The bridge knows two providers and these lists of theirs; a list may be a failure."""
        self.lists = lists
        self.asked = []
        self.answering({"run": "r-1", "registration": None})
        other = bank_bridge_registration.call_bridge

        def call(address, token, method, parameters):
            if method == "bank.providers":
                return PROFILES
            if method != "bank.institutions":
                self.asked.append((method, parameters))
                return other(address, token, method, parameters)
            self.asked.append((parameters["provider"], parameters["country"]))
            answer = self.lists[parameters["provider"]]
            if isinstance(answer, Exception):
                raise answer
            return {"institutions": answer}

        self.patch(bank_bridge_registration, "call_bridge", call)

    def banks(self, country="BE"):
        return self.env["bank.bridge.institution"].search([("country_code", "=", country)])

    def refresh(self, country="BE"):
        return self.env["bank.bridge.institution"].with_user(self.manager)._refresh(country)

    def tomorrow(self):
        for name in ("fetched", "tried"):
            for one in self.env["bank.bridge.institution.list"].search([]):
                one[name] = one[name] and one[name] - timedelta(days=1, minutes=1)


@tagged("post_install", "-at_install", "bank_bridge")
class TestInstitutions(InstitutionCase):
    def test_keys(self):
        for names in (
            ("KBC Bank NV", "kbc"),
            ("Crédit Agricole", "CREDIT  AGRICOLE"),
            ("Bank", "bank"),
            ("B.N.P.", "b n p"),
        ):
            self.assertEqual(name_key(names[0]), name_key(names[1]))
        self.assertNotEqual(name_key("KBC Brussels"), name_key("KBC"))
        self.assertEqual(bic_key("kred be bb xxx"), "KREDBEBB")
        for text in ("", None, "KREDBE", "KREDBEBBXX"):
            self.assertIsNone(bic_key(text))

    def test_one_entry_a_bank(self):
        self.offering(
            ponto=[bank("p-1", "KBC", "KREDBEBB"), bank("p-2", "Argenta"), bank("p-3", "Beobank", "CTBKBEBX")],
            saltedge=[
                bank("kbc", "KBC Business (Belgium)", "KREDBEBBXXX", logo="https://logo.example/kbc.png"),
                bank("argenta", "ARGENTA Bank", "ARSPBE22"),
                bank("beo_1", "Beo One", "CTBKBEBX"),
                bank("beo_2", "Beo Two", "CTBKBEBX"),
                bank("new", "N26", logo="http://logo.example/n26.png"),
            ],
        )
        self.assertIsNone(self.refresh())
        found = {one.name: one for one in self.banks()}
        self.assertEqual(set(found["KBC"].ways), {"ponto", "saltedge"})
        self.assertEqual(found["KBC"].ways["saltedge"]["name"], "KBC Business (Belgium)")
        self.assertEqual(found["KBC"].logo, "https://logo.example/kbc.png")
        self.assertEqual(found["KBC"].reached_by, "Ponto, Salt Edge")
        self.assertEqual((set(found["Argenta"].ways), found["Argenta"].bic), ({"ponto", "saltedge"}, "ARSPBE22"))
        # Two banks of one provider stay two: only one can be what the other provider means.
        self.assertEqual([name for name in found if name.startswith("Beo")], ["Beo Two", "Beobank"])
        self.assertEqual(len(found["Beobank"].ways), 2)
        self.assertFalse(found["N26"].logo)
        self.assertEqual(found["N26"].initials, "N26")

    def test_asked_once_a_day(self):
        self.offering(ponto=[bank("p-1", "KBC")], saltedge=[])
        self.refresh()
        self.refresh()
        self.assertEqual(self.asked, [("ponto", "BE"), ("saltedge", "BE")])
        kept = self.banks()
        self.tomorrow()
        self.lists["ponto"] = [bank("p-1", "KBC Bank"), bank("p-2", "ING")]
        self.refresh()
        self.assertEqual(self.banks().mapped("name"), ["ING", "KBC Bank"])
        self.assertIn(kept, self.banks())
        self.tomorrow()
        self.lists["ponto"] = [bank("p-2", "ING")]
        self.refresh()
        self.assertEqual(self.banks().mapped("name"), ["ING"])
        self.refresh("NL")
        self.assertEqual(self.asked[-1], ("saltedge", "NL"))
        self.assertEqual(len(self.banks("NL")), 1)

    def test_a_provider_that_fails(self):
        self.offering(ponto=[bank("p-1", "KBC")], saltedge=BridgeFailure("BB-2001", "English"))
        self.assertIsNone(self.refresh())
        self.assertEqual(self.banks().mapped("name"), ["KBC"])
        self.refresh()
        self.assertEqual(len(self.asked), 2)
        self.tomorrow()
        # What was fetched before stays.
        self.lists["ponto"] = BridgeFailure("BB-1022", address="x")
        self.assertIsNone(self.refresh())
        self.assertEqual(self.banks().mapped("name"), ["KBC"])
        self.assertEqual(self.refresh("NL").code, "BB-2001")

    def test_what_makes_no_sense(self):
        self.offering(
            ponto=[
                None,
                "x",
                {},
                {"id": 7, "name": "x"},
                bank("", "x"),
                bank("p", " "),
                bank("q" * 300, "x"),
                bank("a", "A"),
            ],
            saltedge=[bank("b", "B", 7, logo=["https://x.example"]), bank("b", "Twice")],
        )
        self.refresh()
        self.assertEqual(self.banks().mapped("name"), ["A", "B"])

    def test_many(self):
        many = [bank(f"b-{number}", f"Sparkasse {number}", f"SPAR{number:04d}") for number in range(5000)]
        self.offering(ponto=[], saltedge=many)
        self.refresh()
        self.assertEqual(len(self.banks()), 5000)
        names = self.env["bank.bridge.institution"].with_user(self.manager)
        found = names.name_search("Sparkasse 4999", [("country_code", "=", "BE")])
        self.assertEqual([name for _id, name in found], ["Sparkasse 4999"])
        self.assertEqual(len(names.name_search("", [("country_code", "=", "BE")], limit=8)), 8)
        self.lists["ponto"] = [
            bank("ing", "ING"),
            bank("x", "100% Bank"),
            *(bank(f"a{n}", f"Aring {n}") for n in range(9)),
        ]
        self.tomorrow()
        self.refresh()
        found = names.name_search("ing", domain=[("country_code", "=", "BE")], limit=8)
        self.assertEqual([name for _id, name in found][:2], ["ING", "Aring 0"])
        self.assertEqual(len(found), 8)
        self.assertEqual([name for _id, name in names.name_search("100% b")], ["100% Bank"])
        found = names.web_name_search("ing", {"display_name": {}}, [("country_code", "=", "BE")])
        self.assertEqual(found[0]["display_name"], "ING")

    def test_daily(self):
        self.offering(ponto=[bank("p-1", "KBC")], saltedge=[])
        self.env["bank.bridge.institution"]._cron_refresh()
        self.assertIn(("ponto", self.company.country_id.code), self.asked)
        self.env["bank.bridge.registration"]._get().state = "not_connected"
        del self.asked[:]
        self.tomorrow()
        self.env["bank.bridge.institution"]._cron_refresh()
        self.assertFalse(self.asked)

    def test_rights(self):
        self.offering(ponto=[bank("p-1", "KBC")], saltedge=[])
        self.refresh()
        banks = self.banks()
        banks.with_user(self.manager).read()
        for user in (self.accountant, self.importer):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                banks.with_user(user).read()
        with self.assertRaises(AccessError):
            banks.with_user(self.manager).name = "x"
        with self.assertRaises(AccessError):
            self.env["bank.bridge.institution.list"].with_user(self.manager).search([])
        self.assertLess(
            self.env["bank.bridge.institution.list"].search([])[0].fetched, fields.Datetime.now() + timedelta(1)
        )
