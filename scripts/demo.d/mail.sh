# shellcheck shell=bash
# The demo's mail: what Odoo sends is taken on loopback and written to a file, so that one-time codes can be read there.
# Sourced by scripts/demo, which sets $here and $state.

# shellcheck disable=SC2034,SC2154

# shellcheck disable=SC2317 # called through with_lock
build_mail_venv() {
    if [ -e "$mail_venv/complete" ]; then return 0; fi
    step "making the mail catcher's Python environment" "is PyPI reachable? Then run it again"
    as_owner rm -rf "$mail_venv"
    as_owner mkdir -p "$(dirname "$mail_venv")"
    as_owner /usr/bin/python3 -m venv "$mail_venv"
    as_owner env PIP_CACHE_DIR="$CACHE/pip" "$mail_venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement /dev/stdin <"$here/demo.d/mail-requirements.txt"
    as_owner touch "$mail_venv/complete"
}

# Sets mail_port.
start_mail() {
    local pid waited=0 mail_venv
    mail_port="$(cat "$state/mail.port" 2>/dev/null || true)"
    if our_pid mail >/dev/null; then return 0; fi
    mail_venv="$CACHE/venv/mail-$({
        cat "$here/demo.d/mail-requirements.txt"
        /usr/bin/python3 --version
    } | digest)"
    if [ ! -e "$mail_venv/complete" ]; then with_lock mail build_mail_venv; fi
    step "starting the mail catcher" "its log is $state/mail-catcher.log"
    mail_port="$(preferred_port mail 8025)"
    (
        umask 077
        touch "$state/mail.log"
    )
    setsid "$mail_venv/bin/python" "$here/demo.d/mail.py" "$mail_port" "$state/mail.log" \
        >"$state/mail-catcher.log" 2>&1 </dev/null 8>&- &
    pid=$!
    echo "$pid $(process_start "$pid")" >"$state/mail.pid"
    echo "$mail_port" >"$state/mail.port"
    while port_is_free "$mail_port"; do
        waited=$((waited + 1))
        if ! kill -0 "$pid" 2>/dev/null || [ "$waited" -gt 100 ]; then
            tail -n 20 "$state/mail-catcher.log" >&2
            return 1
        fi
        sleep 0.1
    done
    kill -0 "$pid"
}
