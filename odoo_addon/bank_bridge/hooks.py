"""What installing and uninstalling change outside the addon's own tables."""

# With one of these, Odoo itself lets accounting administrators enter bank statements.
ACCOUNTING_APPS = ("account_accountant", "accountant")


def post_init_hook(env):
    """Let accounting administrators enter bank statements.

    Community alone hides the group that may do so from everybody, its administrators included; Odoo's own accounting
    apps make the same link.
    """
    manager = env.ref("account.group_account_manager")
    manager.implied_ids |= env.ref("account.group_account_basic")


def uninstall_hook(env):
    """Take back what was changed elsewhere; statements, their lines and their files stay."""
    if not env["ir.module.module"].search_count([("name", "in", ACCOUNTING_APPS), ("state", "=", "installed")]):
        manager = env.ref("account.group_account_manager")
        manager.implied_ids -= env.ref("account.group_account_basic")

    # The file of an import belongs to the import, which goes: hand it to the statement.
    for record in env["bank.bridge.import"].search([("attachment_id", "!=", False)]):
        statement = record.statement_ids[:1]
        if statement:
            record.attachment_id.write({"res_model": statement._name, "res_id": statement.id})
        else:
            record.attachment_id.unlink()

    env["bank.bridge.connection"].search([])._forget()
    registration = env["bank.bridge.registration"]._get()
    registration._revoke_keys()
    registration.user_id.active = False
    _forget_what_names_our_models(env)


def _forget_what_names_our_models(env):
    """Odoo keeps what names a model by text, and what its other modules noted of our models."""
    ours = env["ir.model"].sudo().search([("model", "=like", "bank.bridge.%")]).mapped("model")
    env["ir.filters"].sudo().with_context(active_test=False).search([("model_id", "in", ours)]).unlink()
    env["ir.exports"].sudo().search([("resource", "in", ours)]).unlink()
    # Files that were uploaded and not imported yet; those of imports were handed on.
    env["ir.attachment"].sudo().search([("res_model", "in", ours)]).unlink()
    for kind, prefix in (("ir.model.fields.selection", "selection"), ("ir.model.inherit", "model_inherit")):
        env["ir.model.data"].sudo().search(
            [("model", "=", kind), ("module", "!=", "bank_bridge"), ("name", "=like", f"{prefix}\\_\\_bank\\_bridge\\_%")]
        ).unlink()
