# In the Odoo shell, behind GIVEN = {"calls": [[method, arguments]]}: the calls of a real import once more, with a clock
# around what the addon does in them. Prints seconds by part, of the calls from the second `bridge_open` on.
import json
import time

env = env(user=env.ref("base.user_admin"))
Import, Line = type(env["bank.bridge.import"]), type(env["account.bank.statement.line"])
Identity, Turn = type(env["bank.bridge.identity"]), type(env["bank.bridge.turn"])
spent, running = {}, []


def clock(owner, method, part):
    """Counts what a method takes itself, without the parts that it calls."""
    original = getattr(owner, method)

    def timed(self, *args, **kwargs):
        started = time.monotonic()
        running.append(0.0)
        try:
            return original(self, *args, **kwargs)
        finally:
            took = time.monotonic() - started
            spent[part] = spent.get(part, 0.0) + took - running.pop()
            if running:
                running[-1] += took

    setattr(owner, method, timed)


clock(Line, "create", "create lines")
clock(Import, "_recognise", "recognise")
clock(Import, "_locked", "lock dates")
clock(Import, "_place", "places in the day")
clock(Import, "_create_lines", "values of lines")
clock(Import, "_finish_statement", "statement")
clock(Identity, "_reserve", "identities")
clock(Identity, "_attach", "identities")
clock(Turn, "_take", "turn of the journal")
for name in ("check", "open", "plan", "push", "close"):
    clock(Import, f"bridge_{name}", f"rest of {name}")

opened = 0
for method, arguments in GIVEN["calls"]:
    opened += method == "bridge_open"
    if method == "bridge_open" and opened == 2:
        spent.clear()
    answer = getattr(env["bank.bridge.import"], method)(**arguments)
    assert "error" not in answer, answer
    started = time.monotonic()
    env.cr.commit()
    spent["commit"] = spent.get("commit", 0.0) + time.monotonic() - started
print("RESULT", json.dumps(spent))
