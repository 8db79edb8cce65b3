# shellcheck shell=bash
# Databases for use: made as copies of the prepared ones, looked into, and deleted.

# What we remember of a database: its server's files, and the addon it was made with.
state_folder() { echo "$CACHE/databases/$1"; }

create_database() {
    local name="$1" template
    case "${2:-}" in
        "")
            ensure_template
            template="$(base_template_name)"
            ;;
        --addon)
            ensure_addon_template
            template="$(addon_template_name)"
            ;;
        *) usage ;;
    esac
    if database_exists "$name"; then
        die "there is a database '$name' already" "delete it with: scripts/odoo dropdb $name"
    fi
    with_lock copy copy_database "$template" "$name"
    # A copy is another database: sealed states and sessions are bound to these.
    sql -d "$name" >/dev/null <<'SQL'
UPDATE ir_config_parameter SET value = gen_random_uuid()::text WHERE key IN ('database.uuid', 'database.secret');
UPDATE ir_config_parameter SET value = to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') WHERE key = 'database.create_date';
SQL
    mkdir -p "$(state_folder "$name")"
    rm -f "$(state_folder "$name")/addon"
    if [ "${2:-}" = --addon ]; then basename "$ADDONS" >"$(state_folder "$name")/addon"; fi
}

drop_database() {
    stop_server "$1"
    ensure_cluster
    delete_database "$1"
    rm -rf "$(state_folder "$1")"
}

need_database() {
    ensure_parts
    ensure_cluster
    database_exists "$1" || die "there is no database '$1'" "make it with: scripts/odoo db $1 --addon"
}

odoo_shell() {
    need_database "$1"
    common_arguments "$1"
    odoo_command shell "${COMMON[@]}" --no-http --log-level=warn "${@:2}"
}

database_sql() {
    need_database "$1"
    sql -d "$1" "${@:2}"
}

print_environment() {
    ensure_parts
    use_cluster
    cat <<ENV
CACHE=$CACHE
PYTHON=$ODOO_PYTHON
PYTHONPATH=$ODOO_ROOT/usr/lib/python3/dist-packages
ODOO_BIN=$ODOO_ROOT/usr/bin/odoo
ODOO_SOURCE=$ODOO_ROOT/usr/lib/python3/dist-packages/odoo
ADDONS=$ADDONS
DATA=$CACHE/data
PG_BIN=$PG_BIN
PGHOST=$PGHOST
PGPORT=$PGPORT
PGUSER=$PGUSER
RUNS_AS=$(id -un)
ENV
}
