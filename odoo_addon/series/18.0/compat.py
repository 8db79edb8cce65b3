"""What Odoo does otherwise in each major, as Odoo 18 does it."""

from datetime import timedelta

from odoo import fields
from odoo.osv import expression
from odoo.tools import SQL
from psycopg2 import errorcodes, errors


class ConcurrencyError(errors.SerializationFailure):
    """Upon this Odoo runs the call again, as if PostgreSQL had found it."""

    pgcode = errorcodes.SERIALIZATION_FAILURE


class Domain(list):
    """What the addon needs of Odoo 19's domains."""

    def __init__(self, *parts):
        super().__init__([parts] if len(parts) == 3 else [*parts[0]] if parts else [])

    def __and__(self, other):
        return Domain(expression.AND([[*self], [*other]]))

    def __or__(self, other):
        return Domain(expression.OR([[*self], [*other]]))


def new_api_key(keys, name):
    """A fresh API key of the user of `keys` with the longest life that Odoo allows him: (key, when it ends)."""
    days = max(keys.env.user.groups_id.mapped("api_key_duration"), default=0) or 1.0
    # Odoo compares with the server's local time, which may be behind ours by up to half a day.
    expiry = fields.Datetime.now() + timedelta(days=days) - timedelta(hours=13)
    return keys._generate("rpc", name, expiry), expiry


def make_index(model, name, definition, unique):
    """An index of a model, unless it is there. Its name and definition are texts of the addon itself."""
    model.env.cr.execute(
        SQL(
            "CREATE %s IF NOT EXISTS %s ON %s %s",
            SQL("UNIQUE INDEX") if unique else SQL("INDEX"),
            SQL.identifier(f"{model._table}_{name}"),
            SQL.identifier(model._table),
            SQL(definition),
        )
    )
