"""How the bridge's methods refuse: a code of the catalogue and its arguments, returned, never a traceback."""

import functools

GROUP_IMPORT = "bank_bridge.group_import"


class Refusal(Exception):
    """A business refusal. Raised before the first write, so that nothing has to be undone."""

    def __init__(self, code, **arguments):
        super().__init__(code)
        self.code = code
        self.arguments = {name: str(value) for name, value in arguments.items()}


def for_bridge(model):
    """Beyond ordinary rights, but within the caller's companies; nobody follows each entry in the chatter."""
    user = model.env.user
    return model.sudo().with_context(
        allowed_company_ids=(user.company_id | user.company_ids).ids, mail_create_nosubscribe=True
    )


def bridge_method(method):
    """A method that the bridge calls: checks the caller's right, then works beyond ordinary access rights, limited to
    the caller's companies; turns a `Refusal` into `{"error": {"code", "args"}}`."""

    @functools.wraps(method)
    def call(self, **arguments):
        try:
            if not self.env.user.has_group(GROUP_IMPORT):
                raise Refusal("BB-4006", user=self.env.user.login, right="Bank Bridge / Import")
            return method(for_bridge(self), **arguments)
        except Refusal as refusal:
            return {"error": {"code": refusal.code, "args": refusal.arguments}}

    return call
