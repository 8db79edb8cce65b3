# In an Odoo shell: what the button of the list of apps does.
env["ir.module.module"].search([("name", "=", "bank_bridge")]).with_user(env.ref("base.user_admin")).button_immediate_uninstall()
env.cr.commit()
state = env["ir.module.module"].search([("name", "=", "bank_bridge")]).state
assert state == "uninstalled", state
print("=> uninstalled")
