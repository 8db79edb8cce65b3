"""What the choice of a provider means to an accountant. A provider without words here speaks the bridge's English."""

from odoo import models


class BankBridgeSetupWords(models.AbstractModel):
    _name = "bank.bridge.setup.words"
    _description = "Bank Bridge: what a provider offers, in words"

    def _price(self, profile):
        words = {
            "ponto": self.env._("€4 a month for each account"),
            "ponto_connect": self.env._("€4 a month for each account"),
            "saltedge": self.env._("Free"),
        }
        return words.get(profile["id"]) or profile.get("price") or ""

    def _renewal(self, profile):
        days = profile.get("renewal_days")
        if days == 90:
            return self.env._("To be renewed every three months")
        if days == 180:
            return self.env._("To be renewed every six months")
        return self.env._("To be renewed every %s days", days) if days else ""

    def _support(self, profile):
        words = {
            "ponto": self.env._("Faster support"),
            "ponto_connect": self.env._("Faster support"),
            "saltedge": self.env._("Slower support"),
        }
        return words.get(profile["id"], "")

    def _way(self, profile):
        if profile.get("consent") == "credentials":
            return self.env._("You link the bank on the provider's site, and enter the client id and the secret here")
        return self.env._("You allow the access on the bank's own page")
