# shellcheck shell=bash
# The addon's tests, by Odoo's own runner, on a fresh database with the addon installed.

# Odoo ends with a failure when a test failed; that none ran at all it takes for success, we do not.
run_addon_tests() {
    local name="$1" folder log port status=0 ran
    shift
    ensure_addon_template
    drop_database "$name"
    create_database "$name" --addon
    folder="$(state_folder "$name")"
    log="$folder/test.log"
    read -r port < <(free_ports 1)
    step "running the addon's tests" "the whole log is $log"
    common_arguments "$name"
    set +e
    odoo_command "${COMMON[@]}" --http-interface=127.0.0.1 --http-port="$port" --max-cron-threads=0 \
        --test-enable --test-tags=/bank_bridge --update=bank_bridge --stop-after-init "$@" 2>&1 |
        tee "$log" | grep -E --line-buffered ' (WARNING|ERROR|CRITICAL) |^[^0-9]|odoo\.tests\.(result|stats)| Starting ' >&2
    status="${PIPESTATUS[0]}"
    set -e
    ran="$(sed -nE 's/.* odoo\.tests\.result: .* of ([0-9]+) tests .*/\1/p' "$log" | tail -n 1)"
    if [ "${ran:-0}" -eq 0 ] && [ "$status" -ne 0 ]; then
        tail -n 30 "$log" >&2
        die "Odoo ended with exit status $status before any test ran" "the log is $log"
    fi
    if [ "${ran:-0}" -eq 0 ]; then
        die "no test of the addon ran" "does odoo_addon/bank_bridge/tests/__init__.py import them? The log is $log"
    fi
    if [ "$status" -ne 0 ]; then
        echo "the database '$name' is kept for a look; scripts/odoo dropdb $name deletes it" >&2
        return "$status"
    fi
    echo "$ran tests of the addon passed"
    drop_database "$name"
}
