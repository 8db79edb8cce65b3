"""What Odoo does otherwise in each major, as Odoo 17 does it."""

import inspect
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.osv import expression
from odoo.tools import SQL
from odoo.tools.translate import code_translations
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


class LazyGettext(str):
    """A text to be translated where it is used. It is named here so that its term is found."""


_lt = LazyGettext


def LazyTranslate(module):
    return LazyGettext


def translate(env, text, *arguments, **named):
    """A text of the addon in the language of `env`; Odoo 17's own `_` guesses the language from the caller's frame."""
    text = str(text)
    if env.lang and env.lang != "en_US":
        text = code_translations.get_python_translations("bank_bridge", env.lang).get(text) or text
    return text % (arguments or named) if arguments or named else text


def translator(env):
    """The same, for one `env`."""
    return lambda text, *arguments, **named: translate(env, text, *arguments, **named)


def check_access(records, operation):
    records.check_access_rights(operation)
    records.check_access_rule(operation)


def has_access(records, operation):
    try:
        check_access(records, operation)
    except AccessError:
        return False
    return True


def filtered_access(records, operation):
    if not records.check_access_rights(operation, raise_exception=False):
        return records.browse()
    return records._filter_access_rules(operation)


def new_api_key(keys, name):
    """A fresh API key of the user of `keys`: (key, when it ends). Keys do not end, unless this Odoo wants it."""
    if "expiration_date" not in inspect.signature(keys._generate).parameters:
        return keys._generate("rpc", name), False
    expiry = fields.Datetime.now() + timedelta(days=89)
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
