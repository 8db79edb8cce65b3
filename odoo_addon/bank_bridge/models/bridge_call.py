"""Calling the bridge as the database that is registered with it."""

from odoo import models

from . import bank_bridge_registration


class BankBridgeRegistration(models.Model):
    _inherit = "bank.bridge.registration"

    def _call(self, method, parameters):
        """The bridge's answer, which comes in milliseconds: it works on by itself and calls back.

        Raises `BridgeFailure`. What was written before is committed first, since the bridge may look at it at once.
        """
        registration = self._registered()
        body = {
            "registration": registration.sealed,
            "database_uuid": self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
            **parameters,
        }
        address, token = registration.address, registration.token
        self._commit()
        result = bank_bridge_registration.call_bridge(address, token, method, body)
        if not isinstance(result, dict):
            raise bank_bridge_registration.BridgeFailure("BB-1023", address=address)
        renewed = result.get("registration")
        if isinstance(renewed, str) and renewed and renewed != body["registration"]:
            # The bridge's sealing key has changed.
            registration.sealed = renewed
        return result

    # What is the same for every database, so that no registration goes along. The bridge answers from what it knows and
    # from the provider's list, within its own limit of eight seconds; it does not call back, so that an Odoo with one
    # worker can wait. A list that the bridge pushed later would spare these seconds once a day, at the price of a page
    # that has to ask again and again.

    def _providers(self):
        """The providers that both sides know, in the bridge's order, as `bank.providers` gives them."""
        known = self.env["bank.bridge.connection"]._fields["provider"].get_values(self.env)
        return [one for one in self._list("bank.providers", {}, "providers") if one.get("id") in known]

    def _institutions(self, provider, country):
        """The banks of a country that a provider reaches, as `bank.institutions` gives them."""
        return self._list("bank.institutions", {"provider": provider, "country": country}, "institutions")

    def _list(self, method, parameters, name):
        found = self._answer(method, parameters).get(name)
        if not isinstance(found, list):
            raise bank_bridge_registration.BridgeFailure("BB-1023", address=self._get().address)
        return [one for one in found if isinstance(one, dict)]

    def _answer(self, method, parameters):
        """What the bridge answers to a call for which its token is enough; {} for what is no answer of a bridge."""
        registration = self._registered()
        answer = bank_bridge_registration.call_bridge(registration.address, registration.token, method, parameters)
        return answer if isinstance(answer, dict) else {}

    def _registered(self):
        registration = self._get()
        if registration.state == "not_connected" or not registration.sealed:
            raise bank_bridge_registration.BridgeFailure(
                "BB-1001", self.env._("Odoo is not connected to a bridge. See Settings, Bank Bridge.")
            )
        return registration
