# shellcheck shell=bash
# Odoo's side of the demo: its database and server, the pairing with the bridge, and the key of the user who imports.
# Sourced by scripts/demo, which sets $here, $state, $database and $journals.

# shellcheck disable=SC2034,SC2154

odoo() { "$here/odoo" "$@" 8>&-; }

cluster_answers() { command -v pg_isready >/dev/null && pg_isready --quiet --host="$CACHE/postgresql/socket"; }

# Remembers, before the first step, whether PostgreSQL runs already: then it is not ours to stop.
note_postgresql() {
    if is_root && ! id "$OWNER" >/dev/null 2>&1; then
        postgresql_was_up=no
    else
        find_cache
        postgresql_was_up="$(cluster_answers && echo yes || echo no)"
    fi
}

# Sets odoo_url.
start_odoo() {
    local port running="$CACHE/databases/$database"
    if [ "$postgresql_was_up" = no ]; then touch "$state/started-postgresql"; fi
    if [ "$(odoo sql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$database'")" = 0 ]; then
        step "making the database '$database' with the addon"
        odoo db "$database" --addon
        rm -f "$state/api-key" "$state/paired"
    fi
    step "starting Odoo"
    # A server of ours that is to be restarted for a newer addon keeps its port.
    if kill -0 "$(cat "$running/pid" 2>/dev/null || echo none)" 2>/dev/null; then
        port="$(cat "$running/port")"
    else
        port="$(preferred_port odoo 8069)"
    fi
    odoo_url="$(odoo start "$database" --port "$port" | sed -n 's/^URL=//p')"
    [ -n "$odoo_url" ]
    echo "${odoo_url##*:}" >"$state/odoo.port"
}

count_lines() { odoo sql "$database" -c "SELECT count(*) FROM account_bank_statement_line"; }

connection_state() {
    odoo sql "$database" -c "SELECT state || ' ' || coalesce(address, '') FROM bank_bridge_registration"
}

# Gives the journals their accounts, makes the user who imports, and connects Odoo with the bridge as an administrator
# does on the settings page. Where all that stands and works, it does nothing.
pair() {
    local pairing answer key
    export BANK_BRIDGE_ODOO_URL="$odoo_url" BANK_BRIDGE_ODOO_DATABASE="$database" BANK_BRIDGE_ODOO_LOGIN=demo_import
    export BANK_BRIDGE_ODOO_API_KEY_FILE="$state/api-key"
    pairing="$odoo_url $bridge_url $mail_port $(sha256sum <"$state/token") ${journals[*]}"
    if [ "$(cat "$state/paired" 2>/dev/null)" = "$pairing" ] && [ "$(connection_state)" = "connected $bridge_url" ] &&
        "$bridge" check >/dev/null 2>&1; then
        return 0
    fi
    step "pairing Odoo and the bridge" "the bridge's log is $state/bridge.log"
    rm -f "$state/paired"
    # Both are values of Python as well as JSON: text and lists of text.
    answer="$({
        /usr/bin/python3 - "$odoo_url" "$bridge_url" "$mail_port" "$state/token" "${journals[@]}" <<'PYTHON'
import json, pathlib, sys
odoo, bridge, mail, token, *journals = sys.argv[1:]
print("GIVEN =", json.dumps({
    "odoo": odoo, "bridge": bridge, "mail": int(mail), "token": pathlib.Path(token).read_text(),
    "journals": [journal.split("|") for journal in journals],
}))
PYTHON
        cat "$here/demo.d/setup.py"
    } | odoo shell "$database")"
    key="$(sed -n 's/^API_KEY=//p' <<<"$answer")"
    if [ -z "$key" ]; then
        sed '/^API_KEY=/d' <<<"$answer" >&2
        return 1
    fi
    (
        umask 077
        echo "$key" >"$state/api-key"
    )
    "$bridge" check >&2
    echo "$pairing" >"$state/paired"
}

# Links the simulated ING by Ponto, as an accountant does on the form of a connection. Where it is linked, it does
# nothing.
link() {
    local answer
    if [ "$(odoo sql "$database" -c "SELECT count(*) FROM bank_bridge_connection WHERE state = 'connected'")" != 0 ]; then
        return 0
    fi
    step "linking ING by simulated Ponto" "the bridge's log is $state/bridge.log"
    answer="$({
        sed -n "s/^MyPonto at .*: client id \(.*\), secret \(.*\)$/GIVEN = {'id': '\1', 'secret': '\2'}/p" "$state/sandbox.log"
        cat "$here/demo.d/link.py"
    } | odoo shell "$database")"
    if ! grep -q '^LINKED$' <<<"$answer"; then
        echo "$answer" >&2
        return 1
    fi
}

# What Odoo holds now, asked of Odoo itself with the importing user's key.
show_lines() {
    /usr/bin/python3 "$here/demo.d/lines.py" "$odoo_url" "$database" "$BANK_BRIDGE_ODOO_LOGIN" "$state/api-key"
}

# Stops PostgreSQL when the demo started it and nobody else uses it now.
stop_postgresql() {
    local folder program others
    if [ ! -e "$state/started-postgresql" ] || ! cluster_answers; then return 0; fi
    others="$(odoo sql postgres -c "SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")"
    if [ "$others" -gt 0 ]; then
        echo "PostgreSQL goes on: others use it" >&2
        return 0
    fi
    step "stopping PostgreSQL"
    folder="$(odoo sql postgres -c 'SHOW data_directory')"
    program="$(odoo env | sed -n 's/^PG_BIN=//p')/pg_ctl"
    (cd / && as_owner "$program" --pgdata="$folder" --mode=fast --wait stop >/dev/null)
    rm -f "$state/started-postgresql"
}
