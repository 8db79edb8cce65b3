"""Codes into sentences, in the language of the company's people."""

from odoo import api, fields, models

from .messages import NAMED, TABLE, say, say_step

# Of an argument: what a sentence can bear.
ARGUMENT_LENGTH = 500


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    code_args = fields.Json(
        string="Arguments of the Code", readonly=True, copy=False, help="What the code's sentence names."
    )
    sentence = fields.Char(
        string="Meaning", compute="_compute_sentence", help="What the code means, in the language of who reads it."
    )
    next_step = fields.Char(compute="_compute_sentence", help="What to do about it.")

    @api.depends("code", "message", "code_args")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for connection in self:
            code, message = connection.code, connection.message
            connection.sentence = code and connection._words(code, connection.code_args or {}, message)
            connection.next_step = code and connection._step(code)

    def _kept_arguments(self, code, arguments):
        """Of the arguments, those that the sentence of the code names: whoever reads it later may have another language."""
        if code not in TABLE:
            return False
        names = NAMED.findall(self.env._(TABLE[code].sentence))
        return {name: str(arguments[name])[:ARGUMENT_LENGTH] for name in names if arguments.get(name) is not None}

    def _words(self, code, arguments=None, english=None):
        """What a code means: our own sentence, else the bridge's. `english`: the bridge's sentence."""
        entry = TABLE.get(code)
        if not entry:
            return english or self.env._("The bridge reports %s.", code)
        return say(self.env, entry, arguments, english)

    def _step(self, code):
        """What to do about it, or nothing."""
        return say_step(self.env, TABLE.get(code))

    def _words_of_call(self, failure):
        """What to tell of a call to the bridge that failed: as of a run, or as where the bridge itself is set up."""
        registration = self.env["bank.bridge.registration"].with_context(lang=self.env.lang)
        arguments = {"provider": self._provider_title(), **failure.details}
        return self._words(failure.code, arguments, registration._sentence(failure))
