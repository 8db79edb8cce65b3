# shellcheck shell=bash
# Odoo servers, one a database: each on a free loopback port, with a configuration, a log and a process id file of its
# own in the database's state folder.

# The process id of the database's server, when that process still is that server.
server_pid() {
    local folder pid
    folder="$(state_folder "$1")"
    pid="$(cat "$folder/pid" 2>/dev/null)" || return 1
    # Process ids are used again by the system: it is ours only if it runs with our configuration.
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "--config=$folder/odoo.conf" || return 1
    echo "$pid"
}

describe_server() {
    local folder
    folder="$(state_folder "$1")"
    cat <<ENV
URL=http://127.0.0.1:$(cat "$folder/port")
PID=$(cat "$folder/pid")
PORT=$(cat "$folder/port")
DATABASE=$1
LOG=$folder/odoo.log
ENV
}

# Launches the server once and waits until it answers; fails when it ends before that.
launch_server() {
    local name="$1" folder port gevent_port pid waited=0
    shift
    folder="$(state_folder "$name")"
    read -r port gevent_port < <(free_ports 2)
    if [ -n "$SERVER_PORT" ]; then port="$SERVER_PORT"; fi
    cat >"$folder/odoo.conf" <<CONF
[options]
http_interface = 127.0.0.1
http_port = $port
gevent_port = $gevent_port
dbfilter = ^$name\$
list_db = False
admin_passwd = $(head -c 24 /dev/urandom | base64)
workers = $SERVER_WORKERS
max_cron_threads = $SERVER_CRON
CONF
    common_arguments "$name"
    PYTHONPATH="$ODOO_ROOT/usr/lib/python3/dist-packages" setsid "$ODOO_PYTHON" "$ODOO_ROOT/usr/bin/odoo" \
        --config="$folder/odoo.conf" "${COMMON[@]}" "$@" >"$folder/odoo.log" 2>&1 </dev/null 9>&- &
    pid=$!
    echo "$pid" >"$folder/pid"
    echo "$port" >"$folder/port"
    while ! answers "$port" /web/login 60; do
        if ! kill -0 "$pid" 2>/dev/null; then return 1; fi
        waited=$((waited + 1))
        # After a failed update Odoo goes on and answers each page with an error.
        if [ "$waited" -gt 600 ] || grep -q 'Failed to initialize database' "$folder/odoo.log"; then
            stop_server "$name"
            return 1
        fi
        sleep 0.2
    done
    # Something else may answer on that port while ours has just lost it.
    kill -0 "$pid" 2>/dev/null
}

start_server() {
    local name="$1" folder
    shift
    SERVER_WORKERS=0 SERVER_CRON=1 SERVER_PORT=""
    while [ $# -gt 0 ]; do
        case "$1" in
            --workers) SERVER_WORKERS="${2:?}" ;;
            --cron) SERVER_CRON="${2:?}" ;;
            --port) SERVER_PORT="${2:?}" ;;
            --)
                shift
                break
                ;;
            *) usage ;;
        esac
        shift 2
    done
    if [ -n "$SERVER_PORT" ] && ! [[ "$SERVER_PORT" =~ ^[0-9]+$ ]]; then usage; fi
    if ! [[ "$SERVER_WORKERS$SERVER_CRON" =~ ^[0-9]+$ ]]; then usage; fi
    need_database "$name"
    folder="$(state_folder "$name")"
    mkdir -p "$folder"
    with_lock "databases/$name/start" start_server_once "$name" "$@"
    describe_server "$name"
}

start_server_once() {
    local name="$1" folder update=()
    shift
    folder="$(state_folder "$name")"
    # A database made with an older state of the addon is brought to the present one.
    if [ -s "$folder/addon" ] && [ -n "$ADDONS" ] && [ "$(cat "$folder/addon")" != "$(basename "$ADDONS")" ]; then
        stop_server "$name"
        update=(--update=bank_bridge)
    fi
    if server_pid "$name" >/dev/null; then return 0; fi
    step "starting Odoo for the database '$name'" "its log is $folder/odoo.log"
    if ! launch_server "$name" "${update[@]}" "$@"; then
        # Another program may have taken the free port in between.
        if ! grep -qE 'Address already in use|in use by another program' "$folder/odoo.log" || ! launch_server "$name" "${update[@]}" "$@"; then
            tail -n 30 "$folder/odoo.log" >&2
            stop_server "$name"
            return 1
        fi
    fi
    if [ ${#update[@]} -gt 0 ]; then basename "$ADDONS" >"$folder/addon"; fi
}

# Ends the database's server: asks first, and after ten seconds ends it and its workers, which share its session.
stop_server() {
    local pid waited=0
    if pid="$(server_pid "$1")"; then
        kill -TERM "$pid" 2>/dev/null || true
        while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 100 ]; do
            sleep 0.1
            waited=$((waited + 1))
        done
        kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    rm -f "$(state_folder "$1")/pid"
}

bring_down() {
    local folder
    for folder in "$CACHE"/databases/*/; do
        if [ -d "$folder" ]; then stop_server "$(basename "$folder")"; fi
    done
    stop_cluster
}
