# What an accountant does once on the form of a connection, in an Odoo shell. GIVEN stands before this text.
import time

connections = env["bank.bridge.connection"]
connection = connections.search([("provider", "=", "ponto")], limit=1) or connections.create(
    {"name": "ING", "provider": "ponto", "contact": "accounts@example.com"}
)
# Otherwise a code is mailed first.
connection._confirm_contact(connection.contact)
env.cr.commit()
env["bank.bridge.credentials"].create(
    {
        "connection_id": connection.id,
        "client_id": GIVEN["id"],
        "client_secret": GIVEN["secret"],
    }
)
env.cr.commit()

# The bridge reports in calls of its own.
for _ in range(120):
    if connection.state in ("connected", "error") and not connection.lease_run:
        break
    time.sleep(0.25)
    env.cr.commit()
    env.invalidate_all()

if connection.state == "connected":
    print("LINKED")
else:
    print(f"Odoo says: {connection.state}, {connection.code or ''} {connection.message or ''}")
