# In the Odoo shell, behind GIVEN = {"account"}: the bank's journal gets its account, the administrator an API key.
import json
from datetime import timedelta

from odoo import fields

journal = env["account.journal"].search([("code", "=", "BNK1")], limit=1)
journal.set_bank_account(GIVEN["account"])
admin = env.ref("base.user_admin")
key = env["res.users.apikeys"].with_user(admin)._generate(
    None, "benchmark", fields.Datetime.now() + timedelta(days=1)
)
env.cr.commit()
print("RESULT", json.dumps({"login": admin.login, "key": key}))
