# shellcheck shell=bash
# What Odoo holds after the import, asked of Odoo itself over its JSON-RPC with the importing user's key.
# Sourced by scripts/demo, which sets $here and $state.

# shellcheck disable=SC2034,SC2154

show_lines() {
    /usr/bin/python3 "$here/demo.d/lines.py" "$odoo_url" "$database" "$BANK_BRIDGE_ODOO_LOGIN" "$state/api-key"
}
