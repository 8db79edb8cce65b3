# shellcheck shell=bash
# The demo's mail: what Odoo sends is taken on loopback and written to a file, so that one-time codes can be read there.
# Sourced by scripts/demo, which sets $here and $state.

# shellcheck disable=SC2034,SC2154

# Sets mail_port.
start_mail() {
    local pid waited=0
    mail_port="$(cat "$state/mail.port" 2>/dev/null || true)"
    if our_pid mail >/dev/null; then return 0; fi
    python_environment mail "$here/demo.d/mail-requirements.txt"
    step "starting the mail catcher" "its log is $state/mail-catcher.log"
    mail_port="$(preferred_port mail 8025)"
    (
        umask 077
        touch "$state/mail.log"
    )
    setsid "$VENV/bin/python" "$here/demo.d/mail.py" "$mail_port" "$state/mail.log" \
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
