"""The bridge's codes for online connections, in words. Only what the bridge may say of a connection stands here: what
its call is refused with, what a run of it finds, and what a run ends with.

The bridge knows English only and gives code and arguments; these sentences are translated as all texts of the addon.
"""

import re
from typing import NamedTuple

from odoo.tools.translate import LazyGettext, LazyTranslate

_lt = LazyTranslate(__name__)

NAMED = re.compile(r"%\((\w+)\)s")


class Entry(NamedTuple):
    sentence: LazyGettext
    # What to do about it.
    step: LazyGettext | None
    # May it pass by itself?
    passes: bool


NOTHING = _lt("Nothing to do: the next run tries again.")
SUPPORT = _lt("If it stays for a day, give this code and the request to the provider's support.")
RECOGNISED = _lt("Nothing to do: the next run recognises what is there already, and brings the rest.")

TABLE = {
    # The bridge
    "BB-1006": Entry(
        _lt(
            "The bridge cannot open what this database keeps sealed for it: its keys have changed, or the database is"
            " a copy."
        ),
        _lt(
            "Odoo's administrator has to press Connect again in Settings, Bank Bridge. If it stays, press Update"
            " Credentials."
        ),
        False,
    ),
    "BB-1008": Entry(_lt("The bridge is stopping."), NOTHING, True),
    "BB-1009": Entry(_lt("The bridge has too much to do at once."), NOTHING, True),
    # Any provider
    "BB-2001": Entry(_lt("%(provider)s cannot be reached: %(reason)s"), NOTHING, True),
    "BB-2002": Entry(_lt("%(provider)s did not answer within %(seconds)s seconds."), NOTHING, True),
    "BB-2003": Entry(_lt("%(provider)s fails with status %(status)s."), SUPPORT, True),
    "BB-2004": Entry(_lt("The answer of %(provider)s cannot be read: %(reason)s"), SUPPORT, True),
    "BB-2005": Entry(_lt("%(provider)s has had too many requests and asks to wait."), NOTHING, True),
    "BB-2006": Entry(
        _lt("%(provider)s refuses the client ID or the secret."),
        _lt("Press Update Credentials and enter both again; the provider's site makes a new secret."),
        False,
    ),
    "BB-2007": Entry(
        _lt("%(provider)s refuses the bridge's application: %(reason)s"),
        _lt("The bridge's administrator has to compare the keys in its configuration with the provider's site."),
        False,
    ),
    "BB-2008": Entry(
        _lt("%(provider)s does not take the bridge's request: %(reason)s"),
        _lt("Report this to support, with the line below."),
        False,
    ),
    "BB-2009": Entry(
        _lt("%(provider)s refuses the time of the bridge's request."),
        _lt("The bridge's administrator has to set the clock of its machine."),
        False,
    ),
    "BB-2010": Entry(
        _lt("%(provider)s refuses the signature of the bridge's request."),
        _lt("The bridge's administrator has to upload the public key that belongs to its private key."),
        False,
    ),
    "BB-2011": Entry(
        _lt("%(provider)s sends the bridge to another server for the next page."),
        _lt("Tell the provider's support; nothing was read from there."),
        False,
    ),
    "BB-2012": Entry(_lt("The pages of %(provider)s repeat or do not end; %(count)s were read."), SUPPORT, True),
    "BB-2013": Entry(
        _lt("The bridge has no provider %(name)s."),
        _lt("Choose one of those that the bridge has, or update the bridge."),
        False,
    ),
    "BB-2014": Entry(
        _lt("%(provider)s is not set up in this bridge: %(option)s is missing."),
        _lt("The bridge's administrator has to set it in its configuration."),
        False,
    ),
    "BB-2015": Entry(
        _lt("%(provider)s does not allow this: %(reason)s"),
        _lt("Look at the integration and its rights on the provider's site."),
        False,
    ),
    "BB-2016": Entry(
        _lt("A message that claims to come from %(provider)s was refused: %(reason)s"),
        _lt("The bridge's administrator has to compare the webhook's settings with the provider's site."),
        False,
    ),
    "BB-2017": Entry(
        _lt("Transaction %(id)s of %(provider)s cannot be booked: %(reason)s"),
        _lt("Report this to support. Nothing of this account came in; the next run reads it again."),
        False,
    ),
    "BB-2018": Entry(
        _lt("%(provider)s has locked this customer."),
        _lt("The bridge's administrator has to unlock it on the provider's site."),
        False,
    ),
    "BB-2019": Entry(
        _lt("%(provider)s did not do it this time: %(reason)s"),
        _lt(
            "Nothing to do: the next run tries again. If it stays for a day, the bridge's administrator has to look at"
            " the clock of its machine; then give this code and the request to the provider's support."
        ),
        True,
    ),
    "BB-2020": Entry(
        _lt("%(provider)s does not take the address that users come back to."),
        _lt(
            "Odoo's administrator has to set the system parameter web.base.url to the address that users have, with"
            " https."
        ),
        False,
    ),
    # The bank wants its customer
    "BB-2201": Entry(
        _lt("Access to the accounts was refused at the bank."),
        _lt("Press Update Credentials, and allow the access at the bank."),
        False,
    ),
    "BB-2202": Entry(_lt("The bank refused the login."), _lt("Press Update Credentials, and log in again."), False),
    "BB-2203": Entry(
        _lt("The consent to read the accounts has ended."),
        _lt("Press Update Credentials; the bank asks for one confirmation."),
        False,
    ),
    "BB-2204": Entry(
        _lt("The bank's question was not answered in time."),
        _lt("Press Update Credentials, and answer the bank at once."),
        False,
    ),
    "BB-2205": Entry(
        _lt("The bank wants something of its customer first: %(message)s"),
        _lt("Log in on the bank's own site, do what it asks, then press Update Credentials."),
        False,
    ),
    "BB-2206": Entry(
        _lt("%(provider)s does not know this connection any more."),
        _lt("Press Update Credentials and connect the bank again. Transactions that are there are recognised."),
        False,
    ),
    "BB-2207": Entry(
        _lt("%(provider)s does not show the account %(account)s any more."),
        _lt("Press Update Credentials and choose the account again at the bank, then press Fetch Accounts."),
        False,
    ),
    "BB-2208": Entry(
        _lt("The account %(account)s is on a connection that the bank has retired, and gets no new transactions."),
        _lt("Link the account again on the provider's site, then press Fetch Accounts."),
        False,
    ),
    "BB-2209": Entry(
        _lt("The return from the bank does not belong to this connection."),
        _lt("Press Update Credentials again, and finish in the same window."),
        False,
    ),
    "BB-2210": Entry(
        _lt("The consent to read the accounts ends on %(date)s."),
        _lt("Press Update Credentials before that day."),
        False,
    ),
    "BB-2211": Entry(
        _lt("%(provider)s needs a client ID and a secret."),
        _lt("Press Update Credentials and enter both; the provider's site gives them."),
        False,
    ),
    "BB-2212": Entry(
        _lt("The same login at the bank is connected already."),
        _lt("Use that connection, or remove it first."),
        False,
    ),
    # The bank behind the provider
    "BB-2301": Entry(_lt("%(provider)s cannot reach the bank."), NOTHING, True),
    "BB-2302": Entry(_lt("The bank is in maintenance until %(until)s."), NOTHING, True),
    "BB-2303": Entry(
        _lt("%(provider)s has switched this bank off."),
        _lt("Ask the provider's support. A file of the bank can be imported meanwhile."),
        False,
    ),
    "BB-2304": Entry(_lt("%(provider)s has asked the bank a short while ago; what is there was read."), None, True),
    "BB-2305": Entry(
        _lt("The bank answers no more today unless its customer is present."),
        _lt("Press Synchronise to be present."),
        True,
    ),
    "BB-2306": Entry(_lt("%(provider)s is still fetching from the bank; what is there was read."), NOTHING, True),
    "BB-2307": Entry(_lt("The bank took too long for %(provider)s."), NOTHING, True),
    "BB-2308": Entry(
        _lt("The bank has given %(provider)s nothing since %(since)s."),
        _lt("Look on the provider's site. If it stays for a day, press Update Credentials."),
        True,
    ),
    "BB-2309": Entry(
        _lt(
            "The user's own internet address is not known, so %(provider)s was not sent to the bank; what"
            " is there was read."
        ),
        _lt("Odoo's administrator has to start Odoo in proxy mode behind its proxy, so that it knows who calls."),
        True,
    ),
    "BB-2310": Entry(_lt("%(provider)s does not know this bank."), _lt("Choose the bank again."), False),
    # Reaching Odoo. Here the next run is a new one: it may do better where repeating the same call is useless.
    "BB-4001": Entry(
        _lt("Odoo at %(address)s cannot be reached: %(reason)s"),
        _lt(
            "The next run tries again. If it stays, Odoo's administrator has to look whether the bridge's machine"
            " reaches Odoo."
        ),
        True,
    ),
    "BB-4002": Entry(
        _lt("What answers at %(address)s is not Odoo: %(status)s"),
        _lt(
            "The next run tries again. If it stays, Odoo's administrator has to look whether a proxy answers in Odoo's"
            " place."
        ),
        True,
    ),
    "BB-4005": Entry(
        _lt("The addon speaks version %(found)s of the bridge's protocol, the bridge version %(expected)s."),
        _lt("Odoo's administrator has to update the older of the two."),
        False,
    ),
    "BB-4006": Entry(
        _lt("The user %(user)s may not do this in Odoo: %(right)s"),
        _lt("Odoo's administrator has to give this user the role Bank Bridge / Import."),
        False,
    ),
    "BB-4007": Entry(
        _lt("Odoo failed with %(exception)s: %(message)s"),
        _lt("The next run tries again. If it stays, Odoo's administrator has to look at Odoo's log at this time."),
        True,
    ),
    "BB-4008": Entry(_lt("Odoo did not answer within %(seconds)s seconds."), RECOGNISED, True),
    "BB-4011": Entry(_lt("Another import is writing to the same journal."), RECOGNISED, True),
    "BB-4012": Entry(_lt("The import %(run)s is not open any more."), RECOGNISED, True),
    "BB-4013": Entry(
        _lt("Odoo, or the proxy before it, refuses a request of %(kilobytes)s KB."),
        _lt("Odoo's administrator has to raise the limit of the proxy."),
        False,
    ),
    # The books
    "BB-4102": Entry(
        _lt("The journal of an account is not there any more, or is not for a bank, cash or a credit card."),
        _lt("Choose a journal for it in the list of accounts."),
        False,
    ),
    "BB-4206": Entry(
        _lt("This connection is synchronised by hand only."),
        _lt("Press Synchronise, or switch the automatic synchronisation on."),
        False,
    ),
    "BB-4103": Entry(
        _lt("The journal %(journal)s is in %(journal_currency)s, the transactions are in %(currency)s."),
        _lt("Choose a journal in the currency of the account."),
        False,
    ),
    "BB-4105": Entry(
        _lt("The journal %(journal)s has no suspense account."),
        _lt("Set one on the journal, then press Synchronise."),
        False,
    ),
    "BB-4106": Entry(
        _lt(
            "Lines dated in a locked period: %(count)s, the first on %(date)s. The books are closed up to"
            " %(locked_until)s."
        ),
        _lt("Nothing to do: the next run leaves them out and brings the rest."),
        True,
    ),
    "BB-4107": Entry(
        _lt("The amount %(amount)s has more decimals than %(currency)s in Odoo."),
        _lt("Odoo's administrator has to raise the decimals of the currency."),
        False,
    ),
    "BB-4110": Entry(
        _lt("The currency %(currency)s is not active in Odoo."),
        _lt("Odoo's administrator has to activate it."),
        False,
    ),
    # Connections
    "BB-4201": Entry(_lt("Odoo has no connection %(connection)s."), _lt("Look at the list of connections."), False),
    "BB-4202": Entry(
        _lt("Another run is at work on this connection until %(until)s."),
        _lt("Nothing to do: wait for it."),
        True,
    ),
    "BB-4203": Entry(
        _lt("Another run has taken this connection over."),
        _lt("Nothing to do: the other run finishes the work."),
        True,
    ),
    "BB-4204": Entry(_lt("The connection is not linked to a bank yet."), _lt("Press Connect."), False),
    "BB-4205": Entry(
        _lt("The account %(account)s has no journal."),
        _lt("Choose a journal for it in the list of accounts."),
        False,
    ),
    # Online transactions
    "BB-5801": Entry(
        _lt("Lines of closed days were left out: %(count)s. The books are closed up to %(locked_until)s."),
        _lt("Nothing to do if those days are in the books already; else open the period and synchronise again."),
        False,
    ),
    "BB-5802": Entry(_lt("Transactions that %(provider)s marks as copies were left out: %(count)s."), None, False),
    "BB-5803": Entry(
        _lt("Transactions that %(provider)s takes for possible doubles: %(count)s. All were kept."),
        _lt("Compare them with the bank's site."),
        False,
    ),
    "BB-5804": Entry(
        _lt(
            "%(provider)s has given the known transactions of the account %(account)s other names; they"
            " were recognised by day and amount."
        ),
        _lt("Look at the held lines, if there are any."),
        False,
    ),
    # A bug
    "BB-9001": Entry(
        _lt("The bridge made a mistake: %(what)s"),
        _lt("Report this to support, with the line below."),
        False,
    ),
}


def passes_by_itself(code):
    """May a later run do better without anybody's help? Of a code that is not known here, it may."""
    return code not in TABLE or TABLE[code].passes


def say(env, entry, arguments, english):
    """The sentence of an entry, in the language of `env`; the bridge's own where it names what was not given."""
    arguments = {name: str(value) for name, value in (arguments or {}).items() if value is not None}
    text = env._(entry.sentence)
    missing = set(NAMED.findall(text)) - set(arguments)
    if missing and english:
        return english
    return text % {**dict.fromkeys(missing, "?"), **arguments}


def say_step(env, entry):
    """What to do about it, or nothing."""
    return env._(entry.step) if entry and entry.step else ""
