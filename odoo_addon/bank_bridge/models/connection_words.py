"""Codes into sentences, in the language of the company's people."""

import re

from odoo import models

from .messages import TABLE


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    def _words(self, code, arguments=None, english=None):
        """What a code means: our own sentence, else the bridge's. `english`: the bridge's sentence."""
        entry = TABLE.get(code)
        if not entry:
            return english or self.env._("The bridge reports %s.", code)
        arguments = {name: str(value) for name, value in (arguments or {}).items() if value is not None}
        text = self.env._(entry.sentence)
        missing = set(re.findall(r"%\((\w+)\)s", text)) - set(arguments)
        if missing and english:
            return english
        return text % {**dict.fromkeys(missing, "?"), **arguments}

    def _step(self, code):
        """What to do about it, or nothing."""
        entry = TABLE.get(code)
        return self.env._(entry.step) if entry and entry.step else ""

    def _words_of_call(self, failure):
        """What to tell of a call to the bridge that failed: as of a run, or as where the bridge itself is set up."""
        registration = self.env["bank.bridge.registration"].with_context(lang=self.env.lang)
        arguments = {"provider": self._provider_title(), **failure.details}
        return self._words(failure.code, arguments, registration._sentence(failure))
