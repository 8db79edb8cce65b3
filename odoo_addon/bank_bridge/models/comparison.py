"""Two lines side by side, as an accountant compares them: what differs stands out."""

import re

from markupsafe import Markup

from odoo.tools.misc import format_date

from .bank_bridge_connection import PROVIDERS
from .duplicate_search import ANOTHER_MODULE
from .recognition import ONLINE, account_key

DIFFERENT = Markup('<span class="text-bg-warning px-1 rounded">%s</span>')
ROW = Markup(
    '<div class="d-flex"><span class="text-muted flex-shrink-0" style="width: 9em">%s</span>'
    '<span class="text-break">%s</span></div>'
)
TITLE = Markup("<th>%s</th>")
LABEL = Markup('<td class="text-muted text-nowrap">%s</td>')
CELL = Markup('<td class="text-break">%s</td>')
UNKNOWN = Markup('<span class="text-muted">–</span>')


def text_key(text):
    """Such that two spellings of one text are equal; None when there is none."""
    return re.sub(r"[\W_]+", "", text or "").upper() or None


def of_line(line, sources, env):
    """What is compared of a transaction in Odoo."""
    return {
        "date": line.date,
        "counterparty": line.partner_name or line.partner_id.name,
        "account": line.account_number or line.move_id.partner_bank_id.acc_number,
        "text": line.payment_ref,
        "source": source_words(env, sources),
        "statement": line.statement_id.name,
        "state": env._("Reconciled") if line.is_reconciled else None,
    }


def source_words(env, sources):
    """Formats and providers in words."""
    providers = dict(PROVIDERS)
    words = []
    for source in sources or []:
        parts = source.split(".")
        if parts[0] == ONLINE:
            words.append(env._("online, %s", providers.get(parts[1], parts[1])))
        elif source == ANOTHER_MODULE:
            words.append(env._("another module"))
        else:
            words.append(source.upper())
    return ", ".join(dict.fromkeys(words)) or env._("by hand")


def side_by_side(env, ours, theirs):
    """The same rows for both, marked where both know something and it is not the same."""
    rows = ([], [])
    for name, label in _labels(env).items():
        if ours.get(name) or theirs.get(name):
            marked = _differ(name, ours, theirs)
            for side, values in zip(rows, (ours, theirs)):
                side.append(ROW % (label, _shown(env, values.get(name), marked)))
    return tuple(Markup('<div class="text-wrap">%s</div>') % Markup("").join(side) for side in rows)


def table(env, title, ours, others):
    """What the bank says beside each line of Odoo that it may be; `others`: [(title, values)]."""
    head = [TITLE % name for name in ("", title, *(name for name, _values in others))]
    body = []
    for name, label in _labels(env).items():
        columns = [ours, *(values for _name, values in others)]
        if any(values.get(name) for values in columns):
            cells = [_shown(env, values.get(name), _differ(name, ours, values)) for values in columns]
            body.append(Markup("<tr>%s</tr>") % Markup("").join([LABEL % label, *(CELL % cell for cell in cells)]))
    return Markup('<table class="table table-sm"><thead><tr>%s</tr></thead><tbody>%s</tbody></table>') % (
        Markup("").join(head),
        Markup("").join(body),
    )


def _differ(name, ours, theirs):
    """Both know it, and it is not the same."""
    if name in ("source", "statement", "state"):
        return False
    key = {"account": account_key, "text": text_key, "counterparty": text_key}.get(name, lambda value: value)
    first, second = key(ours.get(name)), key(theirs.get(name))
    return bool(first and second and first != second)


def _labels(env):
    return {
        "date": env._("Date"),
        "counterparty": env._("Counterparty"),
        "account": env._("Account Number"),
        "text": env._("Text"),
        "source": env._("Source"),
        "statement": env._("Statement"),
        "state": env._("State"),
    }


def _shown(env, value, marked):
    if value and hasattr(value, "strftime"):
        value = format_date(env, value)
    return (DIFFERENT % value if marked else value) if value else UNKNOWN
