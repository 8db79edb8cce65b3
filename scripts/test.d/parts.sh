# shellcheck shell=bash
# The parts of scripts/test, one function each.
# Sourced by scripts/test, which sets $here and $database and defines `run`.

# shellcheck disable=SC2154

test_lint() {
    run "shellcheck" lint_scripts
    run "ruff" lint_python
    run "OCA's rules" lint_addon
}

test_package() {
    # Whose schemas the views are held against.
    run "a real Odoo, ready" "$here/odoo" prepare
    run "the rules that pack the addon" package_rules
    run "the addon packed for Odoo 17 to 20" packages
}

test_rust() {
    need_rust_component rustfmt cargo-fmt
    need_rust_component clippy cargo-clippy
    run "cargo fmt" cargo fmt --check
    run "rustfmt of what fuzzes" rustfmt --check --edition 2024 tests/fuzz/fuzz.rs
    run "cargo clippy" cargo clippy --locked --all-targets -- -D warnings
    run "cargo test" cargo test --locked --no-fail-fast
}

test_fuzz() {
    run "scripts/fuzz" "$here/fuzz" --seconds 40
}

test_addon() {
    run "the addon's tests, by Odoo's runner" "$here/odoo" test "$database"
    run "the addon uninstalled, and installed again" uninstalled
}

test_odoo() {
    run "a real Odoo, ready" "$here/odoo" prepare
    run "cargo test --test odoo" cargo test --locked --test odoo
}

test_demo() {
    run "scripts/demo, the first time" demo_says "are new in Odoo"
    run "scripts/demo, again" demo_says "Nothing was imported twice"
    run "scripts/demo --stop" demo_stops
}

test_tours() {
    BANK_BRIDGE_TOURS="tours_$database" run "scripts/screenshots" "$here/screenshots"
}

lint_scripts() {
    local script scripts=()
    install_packages shellcheck
    for script in scripts/* .ci/run; do
        if [ -f "$script" ] && head -n 1 "$script" | grep -q '^#!.*bash'; then scripts+=("$script"); fi
    done
    shellcheck --external-sources "${scripts[@]}"
    # What is sourced is a script of its own to a reader.
    find scripts -mindepth 2 -name '*.sh' -print0 | xargs -0 shellcheck --external-sources
    echo "${#scripts[@]} scripts and what they source: nothing to say"
}

lint_python() {
    lint_environment
    "$LINT/bin/ruff" check --no-cache --config "$here/lint/ruff.toml" odoo_addon scripts tests/tours tests/uninstall
}

lint_addon() {
    lint_environment
    oca_rules odoo_addon 19
    echo "OCA's rules: nothing to say"
}

# The addon for each major, made, checked and made again: the same source must give the same bytes.
packages() {
    local first second major
    first="$logs/addon-1" second="$logs/addon-2"
    lint_environment
    "$here/package-addon" all --out "$first"
    "$here/package-addon" all --out "$second" >/dev/null
    diff --recursive "$first" "$second"
    for major in 17 18 20; do
        mkdir "$logs/unpacked-$major"
        /usr/bin/python3 -m zipfile -e "$first/bank_bridge-$major.0."*.zip "$logs/unpacked-$major"
        oca_rules "$logs/unpacked-$major" "$major"
    done
    echo "the same source gives the same bytes, and OCA's rules hold for each"
}

package_rules() {
    lint_environment
    "$LINT/bin/python" -B -m unittest discover --start-directory "$here/package.d" --pattern 'test_*.py'
}

# A minimal Rust comes without these: need_rust_component COMPONENT PROGRAM
need_rust_component() {
    if command -v "$2" >/dev/null && "$2" --version >/dev/null 2>&1; then return 0; fi
    command -v rustup >/dev/null || die "Rust has no $1 here" "install it the way Rust was installed"
    step "adding $1 to Rust"
    rustup component add "$1"
}

# Runs the demo in a database of its own, and holds it to what it must say: demo_says TEXT
demo_says() {
    BANK_BRIDGE_DEMO="demo_$database" "$here/demo" 2>&1 | tee "$logs/demo"
    grep -qF -- "$1" "$logs/demo" || die "scripts/demo did not say: $1"
}

demo_stops() {
    local state="$PROJECT/.demo/demo_$database" name pid pids=()
    for name in bridge sandbox; do
        read -r pid _ <"$state/$name.pid"
        kill -0 "$pid"
        pids+=("$pid")
    done
    BANK_BRIDGE_DEMO="demo_$database" "$here/demo" --stop
    for pid in "${pids[@]}"; do
        if kill -0 "$pid" 2>/dev/null; then die "process $pid of the demo still runs"; fi
    done
}

# Called at the end, whatever it was.
clean_up() {
    local name
    if [ -e "$logs/uninstalling" ]; then
        for name in "un_$database" "un0_$database"; do "$here/odoo" dropdb "$name"; done
    fi
    for name in "demo_$database" "tours_${database}_en" "tours_${database}_nl"; do
        if [ -d "$PROJECT/.demo/$name" ]; then BANK_BRIDGE_DEMO="$name" "$here/demo" --reset; fi
    done
}
