"""Calling the bridge as the database that is registered with it."""

from odoo import models

from . import bank_bridge_registration


class BankBridgeRegistration(models.Model):
    _inherit = "bank.bridge.registration"

    def _call(self, method, parameters):
        """The bridge's answer, which comes in milliseconds: it works on by itself and calls back.

        Raises `BridgeFailure`. What was written before is committed first, since the bridge may look at it at once.
        """
        registration = self._get()
        if registration.state == "not_connected" or not registration.sealed:
            raise bank_bridge_registration.BridgeFailure(
                "BB-1001", self.env._("Odoo is not connected to a bridge. See Settings, Bank Bridge.")
            )
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
