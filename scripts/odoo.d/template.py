# Makes a fresh Odoo Accounting usable: a Belgian company in euro with its chart of accounts, an administrator who may
# do the accounting, no calls to the outside, and the web client's files built beforehand. Run in an Odoo shell.
from odoo import Command

company = env.ref("base.main_company")
company.write(
    {
        "name": "Drukkerij Van Eycken BV",
        "street": "Kloosterstraat 14",
        "zip": "2000",
        "city": "Antwerpen",
        "country_id": env.ref("base.be").id,
    }
)
env["account.chart.template"].try_loading("be_comp", company=company, install_demo=False)

# Community shows its accounting menus, and lets a statement be made, only to those who hold these groups.
env.ref("base.user_admin").write(
    {
        "group_ids": [
            Command.link(env.ref("account.group_account_basic").id),
            Command.link(env.ref("account.group_account_user").id),
            Command.link(env.ref("account.group_account_manager").id),
        ],
        "tz": "Europe/Brussels",
    }
)

# A database for tests and for trying reports to nobody and mails nobody.
for name in ("mail.ir_cron_module_update_notification", "digest.ir_cron_digest_scheduler_action"):
    cron = env.ref(name, raise_if_not_found=False)
    if cron:
        cron.active = False
if "iap_enrich_auto_done" in company._fields:
    company.iap_enrich_auto_done = True  # else the first page asks Odoo's servers about the company

assert company.chart_template == "be_comp", company.chart_template
assert company.currency_id.name == "EUR", company.currency_id.name
bank = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)])
assert bank and bank[0].suspense_account_id, "the chart made no bank journal with a suspense account"

env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
