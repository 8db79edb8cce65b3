"""The banks of a country that can be read online, and which providers reach each. Kept for a day, so that the list
opens at once."""

import logging
import re
import time
import unicodedata
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from psycopg2 import IntegrityError

from .bank_bridge_connection import PROVIDERS
from .bank_bridge_registration import BridgeFailure

_logger = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=1)
# A provider that did not answer is not asked again at once.
PAUSE = timedelta(minutes=5)
# A person waits: whoever has not answered by then is asked next time.
ENOUGH_SECONDS = 12
AT_MOST = 6000
TEXT_LENGTH, ADDRESS_LENGTH = 200, 1000
# Words that tell no bank from another.
COMMON = {"ag", "bank", "banque", "bv", "gmbh", "nv", "sa", "spa", "the"}
TITLES = dict(PROVIDERS)


def name_key(name):
    """A bank's name such that two spellings of it are equal."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    words = re.findall(r"[^\W_]+", "".join(one for one in plain if not unicodedata.combining(one)))
    return "".join([word for word in words if word not in COMMON] or words)


def bic_key(bic):
    """The bank, without the branch; None where it is no BIC."""
    bic = re.sub(r"\s", "", bic if isinstance(bic, str) else "").upper()
    return bic[:8] if re.fullmatch(r"[A-Z0-9]{8}([A-Z0-9]{3})?", bic) else None


class BankBridgeInstitution(models.Model):
    _name = "bank.bridge.institution"
    _description = "Bank Bridge: bank that can be read online"
    _order = "name, id"
    _rec_names_search = ["name", "bic"]

    name = fields.Char(required=True, readonly=True)
    country_code = fields.Char(string="Country", required=True, readonly=True, index=True, help="Whose list it is on.")
    bic = fields.Char(string="BIC", readonly=True)
    logo = fields.Char(readonly=True)
    initials = fields.Char(compute="_compute_initials")
    ways = fields.Json(readonly=True, help="What each provider calls it.")
    reached_by = fields.Char(string="Providers", compute="_compute_reached_by")

    @api.depends("name")
    def _compute_initials(self):
        for bank in self:
            words = re.findall(r"[^\W_]+", bank.name or "")
            bank.initials = "".join(word[0] for word in words[:2]).upper() if len(words) > 1 else (bank.name or "")[:3]

    @api.depends("ways")
    def _compute_reached_by(self):
        for bank in self:
            bank.reached_by = ", ".join(TITLES.get(provider, provider) for provider in sorted(bank.ways or {}))

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100, **earlier):
        """Banks whose names begin with what was typed come first: "ING" is not only found on a second page."""
        # Odoo 18 and earlier call the domain otherwise.
        domain = earlier.get("args", domain)
        found = super().name_search(name, domain, operator, limit)
        if not name or operator != "ilike":
            return found
        begins = "".join(f"\\{one}" if one in "\\%_" else one for one in name) + "%"
        first = super().name_search(begins, domain, "=ilike", limit)
        known = {identity for identity, _name in first}
        return (first + [one for one in found if one[0] not in known])[:limit]

    # Kept up to date

    @api.model
    def _refresh(self, country):
        """Fetch the lists of this country that are not of today. The bridge answers from the provider's own list, within
        eight seconds, and calls nobody back. Gives the failure that leaves the list empty, or None.
        """
        institutions = self.sudo()
        lists = self.env["bank.bridge.institution.list"].sudo()
        now, enough = fields.Datetime.now(), time.monotonic() + ENOUGH_SECONDS
        try:
            profiles = self.env["bank.bridge.registration"]._providers()
        except BridgeFailure as failure:
            return failure
        failed = None
        for profile in profiles:
            kept = lists._get(profile["id"], country)
            if (kept.fetched and kept.fetched > now - GOOD_FOR) or (kept.tried and kept.tried > now - PAUSE):
                continue
            if time.monotonic() > enough:
                break
            kept.tried = now
            try:
                shown = self.env["bank.bridge.registration"]._institutions(profile["id"], country)
            except BridgeFailure as failure:
                _logger.info("Bank Bridge: no list of the banks in %s by %s: %s", country, profile["id"], failure.code)
                failed = failure
                continue
            try:
                with self.env.cr.savepoint():
                    institutions._take(profile["id"], country, shown)
                    kept.fetched = now
            except IntegrityError:
                # Somebody else has fetched it at the same moment.
                institutions.invalidate_model()
        return failed if not institutions.search_count([("country_code", "=", country)], limit=1) else None

    @api.model
    def _take(self, provider, country, shown):
        """Bring the banks of a country in line with what a provider shows. A bank that several providers reach is one:
        by its BIC, else by its name; two banks of one provider stay two."""
        ours = self.search([("country_code", "=", country)])
        known = {bank.ways[provider]["id"]: bank for bank in ours if provider in (bank.ways or {})}
        by_name, by_bic = {}, {}
        for bank in ours:
            if provider not in (bank.ways or {}):
                by_name.setdefault(name_key(bank.name), []).append(bank)
                by_bic.setdefault(bic_key(bank.bic), []).append(bank)
        new, seen, taken = [], set(), set()
        for one in shown[:AT_MOST]:
            way = self._way(one)
            if not way or way["id"] in seen:
                continue
            seen.add(way["id"])
            bic, logo = bic_key(one.get("bic")), self._logo(one.get("logo"))
            bank = known.get(way["id"])
            if not bank:
                alike = [
                    each
                    for each in by_name.get(name_key(way["name"]), [])
                    if bic_key(each.bic) in (bic, None) or not bic
                ]
                alike = alike or (by_bic.get(bic, []) if bic else [])
                alike = [each for each in alike if each.id not in taken]
                bank = alike[0] if len(alike) == 1 else None
            if not bank:
                values = {"name": way["name"], "country_code": country, "bic": bic, "logo": logo}
                new.append({**values, "ways": {provider: way}})
                continue
            taken.add(bank.id)
            values = {"bic": bank.bic or bic, "logo": bank.logo or logo, "ways": {**(bank.ways or {}), provider: way}}
            if bank.ways.keys() <= {provider}:
                values.update(name=way["name"], bic=bic, logo=logo)
            changed = {name: value for name, value in values.items() if (bank[name] or None) != (value or None)}
            if changed:
                bank.write(changed)
        self.create(new)
        gone = self.browse()
        for name, bank in known.items():
            if name not in seen:
                bank.ways = {other: way for other, way in bank.ways.items() if other != provider}
                gone += bank if not bank.ways else self.browse()
        gone.unlink()

    def _way(self, one):
        """What a provider calls a bank: {"id", "name", "country"}; None for what has no id or no name."""
        if not isinstance(one, dict) or not isinstance(one.get("id"), str) or not isinstance(one.get("name"), str):
            return None
        name, country = " ".join(one["name"].split())[:TEXT_LENGTH], one.get("country")
        if not name or not one["id"] or len(one["id"]) > TEXT_LENGTH:
            return None
        return {"id": one["id"], "name": name, "country": country[:2] if isinstance(country, str) else None}

    def _logo(self, address):
        """Fetched by the user's browser, hence only from where nobody can look on."""
        if not isinstance(address, str) or len(address) > ADDRESS_LENGTH:
            return None
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        return address if parts.scheme == "https" and parts.hostname else None

    @api.model
    def _cron_refresh(self):
        """Once a day, so that nobody waits for the list of his country."""
        registration = self.env["bank.bridge.registration"]._get()
        if registration.state != "connected":
            return
        companies = self.env["res.company"].sudo().search([("partner_id.country_id", "!=", False)])
        for country in sorted(filter(None, companies.mapped("country_id.code"))):
            self._refresh(country)
            registration._commit()


class BankBridgeInstitutionList(models.Model):
    _name = "bank.bridge.institution.list"
    _description = "Bank Bridge: when a provider's list of banks was fetched"

    provider = fields.Char(required=True)
    country_code = fields.Char(required=True)
    fetched = fields.Datetime()
    tried = fields.Datetime()

    _provider_country = models.UniqueIndex("(provider, country_code)")

    def _get(self, provider, country):
        names = {"provider": provider, "country_code": country}
        return self.search([(name, "=", value) for name, value in names.items()]) or self.create(names)
