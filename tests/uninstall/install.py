# In an Odoo shell: installed again, and what was there is no hindrance.
from odoo.modules.registry import Registry

env["ir.module.module"].search([("name", "=", "bank_bridge")]).button_immediate_install()
env.cr.commit()
# The classes that this shell began with are not those of the new registry.
with Registry(env.cr.dbname).cursor() as cursor:
    fresh = type(env)(cursor, env.uid, {})
    assert fresh["ir.module.module"].search([("name", "=", "bank_bridge")]).state == "installed"
    registration = fresh["bank.bridge.registration"]._get()
    assert registration.state == "not_connected", registration.state
    assert not fresh["bank.bridge.connection"].search_count([])
    user = registration._technical_user()
    assert user.active and user.login == "bank_bridge", user.login
    cursor.rollback()
print("=> installed")
