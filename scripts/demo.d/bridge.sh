# shellcheck shell=bash
# The bridge's side of the demo: building it, its keys, starting it and the simulated providers, and ending both.
# Sourced by scripts/demo, which sets $state and $database.

# shellcheck disable=SC2034,SC2154

# Builds beside the preparation of Odoo, which mostly waits for the network.
start_build() {
    (
        umask 077
        mkdir -p "$state"
    )
    step "building the bridge (a few minutes the first time)"
    cargo build --locked --manifest-path "$PROJECT/Cargo.toml" --bin bank-bridge >"$state/build.log" 2>&1 </dev/null &
    build_pid=$!
}

wait_for_build() {
    local status=0 folder
    CURRENT_STEP="building the bridge" CURRENT_HINT="the whole log: $state/build.log"
    if kill -0 "$build_pid" 2>/dev/null; then echo "==> waiting for the bridge to be built" >&2; fi
    wait "$build_pid" || status=$?
    build_pid=""
    if [ "$status" -ne 0 ]; then
        tail -n 30 "$state/build.log" >&2
        return "$status"
    fi
    folder="$(cargo metadata --locked --no-deps --format-version 1 --manifest-path "$PROJECT/Cargo.toml" |
        /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')"
    bridge="$folder/debug/bank-bridge"
}

# When a process began, in ticks since the system did: with its id, this names one process for ever.
process_start() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# The process id of a program of ours, when that process still is the one we started: our_pid bridge|sandbox
our_pid() {
    local pid start
    read -r pid start 2>/dev/null <"$state/$1.pid" || return 1
    [ -n "$start" ] && [ "$(process_start "$pid")" = "$start" ] || return 1
    echo "$pid"
}

port_is_free() {
    /usr/bin/python3 - "$1" 2>/dev/null <<'PYTHON'
import socket, sys
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", int(sys.argv[1])))
PYTHON
}

# A key of 32 random bytes, made once, for its owner's eyes only.
make_key() {
    if [ ! -s "$state/$1" ]; then
        (
            umask 077
            head -c 32 /dev/urandom | base64 --wrap=0 | tr '+/' '-_' | tr -d '=' >"$state/$1"
        )
    fi
}

# The port of last time, so that a bookmark stays good; at first the usual one, for a demo beside it any. Another one
# where that is taken: preferred_port odoo|bridge|sandbox USUAL
preferred_port() {
    local port
    port="$(cat "$state/$1.port" 2>/dev/null || if [ "$database" = demo ]; then echo "$2"; fi)"
    if [ -n "$port" ] && port_is_free "$port"; then echo "$port"; else free_ports 1; fi
}

# Starts a command of the bridge in the background, unless it runs as it should; sets started_url.
# start_ours NAME USUAL-PORT PATH-THAT-ANSWERS COMMAND [ARGUMENT...]
start_ours() {
    local name="$1" usual="$2" path="$3" pid port waited=0
    shift 3
    port="$(cat "$state/$name.port" 2>/dev/null || true)"
    started_url="http://127.0.0.1:$port"
    # One built since then, or told otherwise, takes the place of the one that runs.
    if pid="$(our_pid "$name")" && [ "/proc/$pid/exe" -ef "$bridge" ] && answers "$port" "$path" 5 &&
        [ "$(cat "$state/$name.told" 2>/dev/null)" = "$*" ]; then return 0; fi
    stop_ours "$name"
    step "starting the $name" "its log is $state/$name.log"
    port="$(preferred_port "$name" "$usual")"
    started_url="http://127.0.0.1:$port"
    setsid "$bridge" "$@" --listen "127.0.0.1:$port" >"$state/$name.log" 2>&1 </dev/null 8>&- &
    pid=$!
    echo "$pid $(process_start "$pid")" >"$state/$name.pid"
    echo "$port" >"$state/$name.port"
    echo "$*" >"$state/$name.told"
    while ! answers "$port" "$path" 5; do
        waited=$((waited + 1))
        if ! kill -0 "$pid" 2>/dev/null || [ "$waited" -gt 100 ]; then
            tail -n 20 "$state/$name.log" >&2
            return 1
        fi
        sleep 0.1
    done
    kill -0 "$pid"
}

# Sets sandbox_url: simulated Ponto and Salt Edge.
start_sandbox() {
    start_ours sandbox 9700 / sandbox
    sandbox_url="$started_url"
}

# Sets bridge_url.
start_bridge() {
    make_key sealing-key
    make_key token
    export BANK_BRIDGE_SEALING_KEY_FILE="$state/sealing-key" BANK_BRIDGE_TOKEN_FILE="$state/token"
    start_ours bridge 8765 /live serve --sandbox "$sandbox_url"
    bridge_url="$started_url"
}

# Asks a program of ours to end, which lets it finish what it works on, and insists after fifteen seconds.
stop_ours() {
    local pid waited=0
    if pid="$(our_pid "$1")"; then
        step "stopping the $1"
        kill -TERM "$pid" 2>/dev/null || true
        while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 150 ]; do
            sleep 0.1
            waited=$((waited + 1))
        done
        if [ "$(our_pid "$1")" = "$pid" ]; then kill -KILL "$pid" 2>/dev/null || true; fi
    fi
    rm -f "$state/$1.pid"
}
