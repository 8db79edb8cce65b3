# shellcheck shell=bash
# The prepared databases: one with Odoo Accounting and the Belgian chart, and one more with our addon on top. New
# databases are copies of them, which takes a second instead of two minutes. Each has the digest of its inputs in its
# name and gets that name last, so a name that exists stands for a whole database.
# Sourced by scripts/odoo, which sets $here.

# shellcheck disable=SC2154

TEMPLATE_MODULES=account,l10n_be
# The first is the one the company is made in.
TEMPLATE_LANGUAGES=en_US,nl_NL

base_template_name() {
    echo "template_base_$({
        basename "$(odoo_folder)"
        echo "$TEMPLATE_MODULES $TEMPLATE_LANGUAGES"
        cat "$here/odoo.d/template.py"
    } | digest)"
}

addon_template_name() { echo "template_addon_$(printf '%s %s' "$(base_template_name)" "$(basename "$ADDONS")" | digest)"; }

database_exists() { [ "$(sql -c "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ]; }

# Arguments every Odoo of ours is started with, for a database: common_arguments NAME
common_arguments() {
    COMMON=(--database="$1" --db_host="$PGHOST" --db_port="$PGPORT" --db_user="$PGUSER" --data-dir="$CACHE/data"
        --addons-path="${ADDONS:-$ODOO_ROOT/usr/lib/python3/dist-packages/odoo/addons}")
}

# Copies a database and its files. The files are hard links: Odoo names them by content and never rewrites one.
copy_database() {
    local from="$1" to="$2"
    rm -rf "$CACHE/data/filestore/$to"
    if [ -d "$CACHE/data/filestore/$from" ]; then
        cp -al "$CACHE/data/filestore/$from" "$CACHE/data/filestore/$to"
    fi
    sql -c "CREATE DATABASE \"$to\" TEMPLATE \"$from\""
}

delete_database() {
    # A template that refuses connections is dropped like any other.
    sql -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" 2>/dev/null
    rm -rf "$CACHE/data/filestore/$1"
}

# Gives a database built under a passing name its own, and closes it, so that copying never meets a connection.
publish_template() {
    local from="$1" to="$2"
    rm -rf "$CACHE/data/filestore/$to"
    if [ -d "$CACHE/data/filestore/$from" ]; then mv "$CACHE/data/filestore/$from" "$CACHE/data/filestore/$to"; fi
    sql -c "ALTER DATABASE \"$from\" RENAME TO \"$to\""
    sql -c "ALTER DATABASE \"$to\" ALLOW_CONNECTIONS false"
}

# Deletes prepared databases that nothing leads to any more, all but the newest few: forget_old PREFIX KEEP
forget_old() {
    local name
    for name in $(sql -c "SELECT datname FROM pg_database WHERE datname LIKE '$1%' ORDER BY oid DESC OFFSET $2"); do
        delete_database "$name"
    done
}

module_state() { sql -d "$1" -c "SELECT state FROM ir_module_module WHERE name = '$2'"; }

build_base_template() {
    # Whatever addon this project holds: the prepared database serves all.
    local name work=template_work ADDONS=""
    name="$(base_template_name)"
    if database_exists "$name"; then return 0; fi
    step "preparing a database with Odoo Accounting and the Belgian chart (about two minutes, once)"
    mkdir -p "$CACHE/data"
    delete_database "$work"
    common_arguments "$work"
    logged template-install odoo_command "${COMMON[@]}" --init="$TEMPLATE_MODULES" --without-demo \
        --load-language="$TEMPLATE_LANGUAGES" --no-http --max-cron-threads=0 --stop-after-init
    logged template-setup odoo_command shell "${COMMON[@]}" --no-http <"$here/odoo.d/template.py"
    [ "$(module_state "$work" l10n_be)" = installed ] ||
        die "Odoo did not install $TEMPLATE_MODULES" "the log is $CACHE/log/template-install.log"
    publish_template "$work" "$name"
    forget_old template_base_ 2
}

build_addon_template() {
    local name work=template_addon_work
    name="$(addon_template_name)"
    if database_exists "$name"; then return 0; fi
    step "preparing a database with the addon installed"
    delete_database "$work"
    copy_database "$(base_template_name)" "$work"
    common_arguments "$work"
    logged template-addon odoo_command "${COMMON[@]}" --init=bank_bridge --no-http --max-cron-threads=0 --stop-after-init
    [ "$(module_state "$work" bank_bridge)" = installed ] ||
        die "Odoo did not install the addon" "the log is $CACHE/log/template-addon.log"
    publish_template "$work" "$name"
    forget_old template_addon_ 6
}

ensure_template() {
    ensure_parts
    ensure_cluster
    if ! database_exists "$(base_template_name)"; then with_lock template build_base_template; fi
}

ensure_addon_template() {
    need_addon
    ensure_template
    if ! database_exists "$(addon_template_name)"; then with_lock template build_addon_template; fi
}
