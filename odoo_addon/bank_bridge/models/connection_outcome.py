"""What the end of a run means for its connection: state, code, the next time, and one message where something changed."""

from datetime import timedelta

from markupsafe import Markup
from odoo import fields, models

from .bank_bridge_account import GONE
from .bank_bridge_import import COUNTS
from .messages import passes_by_itself

FIRST_RETRY = timedelta(minutes=15)
LONGEST_RETRY = timedelta(days=7)
NO_TROUBLE = {
    "code": False,
    "message": False,
    "code_args": False,
    "code_run": False,
    "code_time": False,
    "origin_class": False,
    "origin_request": False,
}
NO_LINK = {"link_url": False, "link_expires": False}


class BankBridgeConnection(models.Model):
    _inherit = "bank.bridge.connection"

    def _end(self, run, failure, failed_accounts, retry_after, counts, findings):
        """`failure`: {"code", "message", "args", "origin"} of the run or None."""
        kind, now = self.lease_kind, fields.Datetime.now()
        words = self._in_language()
        troubles = [words._trouble(failure)] if failure else []
        troubles += words._failed_accounts(failed_accounts)
        self._close_import(run, failure, troubles, counts, findings)

        values = {"lease_run": False, "lease_until": False, "lease_kind": False, "last_run": run}
        if troubles:
            first = troubles[0]
            values.update(state="error", code_run=run, code_time=now)
            values.update(
                {name: first[name] for name in ("code", "message", "code_args", "origin_class", "origin_request")}
            )
            if kind == "sync":
                values["failures"] = self.failures + 1
            if kind == "sync" or not self.next_sync:
                values["next_sync"] = self._after_failure(first["code"], retry_after, now)
        elif kind == "connect" and self.state == "waiting":
            values.update(NO_TROUBLE)
        else:
            values.update(NO_TROUBLE, state="connected", failures=0)
            if kind == "sync":
                values["last_sync"] = now
            if kind in ("connect", "return") and self.account_ids.journal_id:
                # New credentials or a new consent: what was missed meanwhile comes with the next tick.
                values["next_sync"] = now
            elif kind == "sync" or not self.next_sync:
                values["next_sync"] = self._after_interval(now)
        if kind in ("connect", "return") and values.get("state"):
            values.update(NO_LINK)
        self.write(values)
        words._tell(troubles)

    # What went wrong

    def _trouble(self, failure, account=None):
        """A failure as the bridge tells it, in words: of the run, or of one account."""
        code = failure.get("code") or "BB-9001"
        origin = failure.get("origin") or {}
        request = origin.get("request")
        provider = origin.get("provider") or self._provider_title()
        arguments = {"provider": provider, **({"account": account._label()} if account else {})}
        arguments.update(failure.get("args") or {})
        return {
            "account": account,
            "code": code,
            "message": self._words(code, arguments, failure.get("message")),
            "code_args": self._kept_arguments(code, arguments),
            "origin_class": origin.get("class") or False,
            "origin_request": f"{provider} request {request}" if request else False,
        }

    def _failed_accounts(self, failed):
        """The accounts that the bridge names, and those with a journal that the provider shows no more."""
        troubles = []
        accounts = {account.external_id: account for account in self.with_context(active_test=False).account_ids}
        for one in failed:
            account = accounts.pop(one["id"], None)
            trouble = self._trouble(one, account)
            if account:
                account.write({"code": trouble["code"], "message": trouble["message"]})
            troubles.append(trouble)
        for account in accounts.values():
            if account.active and account.journal_id and account._is_gone():
                troubles.append(self._trouble({"code": GONE}, account))
        return troubles

    def _close_import(self, run, failure, troubles, counts, findings):
        record = self.env["bank.bridge.import"].search([("run", "=", run), ("state", "=", "running")])
        of_accounts = [
            {"code": trouble["code"], "message": f"{trouble['account']._label()}: {trouble['message']}"}
            for trouble in troubles
            if trouble["account"]
        ]
        record.write(
            {
                "state": "failed" if failure else "done",
                "code": troubles[0]["code"] if troubles else False,
                "message": troubles[0]["message"] if troubles else False,
                "ended": fields.Datetime.now(),
                "findings": [*findings, *of_accounts],
                **{f"count_{name}": value for name, value in counts.items() if name in COUNTS},
            }
        )

    def _not_asked(self, failure):
        """The bridge did not take the request for a run."""
        connection = self._in_language()
        message = connection._words_of_call(failure)
        now = fields.Datetime.now()
        values = {**NO_TROUBLE, "state": "error", "code": failure.code, "message": message, "code_time": now}
        arguments = {"provider": self._provider_title(), **failure.details}
        values["code_args"] = self._kept_arguments(failure.code, arguments)
        if self.sealed:
            values["next_sync"] = now + FIRST_RETRY
        self.write(values)
        connection._tell(
            [{"account": None, "code": failure.code, "message": message, "code_args": values["code_args"]}]
        )

    # When next

    def _after_failure(self, code, retry_after, now):
        """What passes by itself is tried again soon, then ever more seldom; the rest at its usual time."""
        if retry_after:
            return now + min(max(timedelta(seconds=int(retry_after)), timedelta(minutes=1)), LONGEST_RETRY)
        if not passes_by_itself(code):
            return self._after_interval(now)
        return now + min(FIRST_RETRY * 2 ** min(self.failures, 12), timedelta(hours=self.interval_hours))

    # Told in the chatter

    def _tell(self, troubles):
        """One message where the state changed, or where the codes are not those told last."""
        self._mind(troubles)
        codes = ",".join(sorted({trouble["code"] for trouble in troubles})) or False
        if self.state == self.told_state and codes == self.told_code:
            return
        if troubles:
            body = Markup().join(self._paragraph(trouble) for trouble in troubles)
            body += Markup("<p><code>%s</code></p>") % self.support_line
        elif self.state == "waiting":
            body = self.env._("Waiting for the bank: open its page and allow the access there.")
        elif self.state == "connected" and self.told_state == "error":
            body = self.env._("It works again: %s is connected.", self.name)
        elif self.state == "connected":
            body = self.env._("%s is connected.", self.name)
        else:
            body = self.env._("%s is disconnected. The accounts keep their journals.", self.name)
        self.write({"told_state": self.state, "told_code": codes})
        self.message_post(body=body)

    def _paragraph(self, trouble):
        label = trouble["account"]._label() + ": " if trouble["account"] else ""
        step = self._step(trouble["code"])
        return Markup("<p>%s%s (%s)%s</p>") % (
            label,
            trouble["message"],
            trouble["code"],
            Markup("<br/>%s") % step if step else "",
        )
