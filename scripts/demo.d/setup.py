# What an administrator does once, in an Odoo shell: bank accounts on the journals, a mail server, a user who may
# import, and the connection with the bridge, pressed on the settings page. GIVEN stands before this text.
import sys
import time
from datetime import timedelta

from odoo import Command, fields

company = env.ref("base.main_company")
env["ir.config_parameter"].sudo().set_param("web.base.url", GIVEN["odoo"])

for code, name, account in GIVEN["journals"]:
    journal = env["account.journal"].search([("code", "=", code), ("company_id", "=", company.id)])
    if not journal:
        journal = env["account.journal"].create(
            {"name": name, "code": code, "type": "bank", "company_id": company.id}
        )
    if journal.bank_account_id.sanitized_acc_number != account:
        journal.set_bank_account(account)

if not company.email:
    company.email = "accounts@example.com"
servers = env["ir.mail_server"]
server = servers.search([("name", "=", "Demo")]) or servers.create({"name": "Demo", "smtp_host": "127.0.0.1"})
server.write({"smtp_host": "127.0.0.1", "smtp_port": GIVEN["mail"], "smtp_encryption": "none"})

users = env["res.users"].with_context(no_reset_password=True, active_test=False)
user = users.search([("login", "=", "demo_import")]) or users.create({"name": "Demo, imports", "login": "demo_import"})
user.group_ids = [
    Command.set([env.ref("base.group_user").id, env.ref("account.group_account_basic").id])
]
days = max(user.all_group_ids.mapped("api_key_duration"), default=0) or 1.0
# Odoo compares with the server's local time.
expiry = fields.Datetime.now() + timedelta(days=days) - timedelta(hours=13)
key = env["res.users.apikeys"].with_user(user)._generate("rpc", "demo", expiry)
env.registry.signal_changes()
env.cr.commit()

settings = (
    env["res.config.settings"]
    .with_user(env.ref("base.user_admin"))
    .create({"bank_bridge_address": GIVEN["bridge"], "bank_bridge_token": GIVEN["token"]})
)
settings.action_bank_bridge_connect()
env.registry.signal_changes()
env.cr.commit()

# The bridge tries the key and reports in a call of its own.
registration = env["bank.bridge.registration"]._get()
for _ in range(120):
    if registration.state != "connecting":
        break
    time.sleep(0.25)
    env.cr.commit()
    env.invalidate_all()

if registration.state == "connected":
    print(f"API_KEY={key}")
else:
    print(f"Odoo's settings page says: {registration.state}, {registration.code or ''} {registration.message or ''}")
sys.stdout.flush()
