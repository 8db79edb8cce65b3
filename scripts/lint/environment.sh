# shellcheck shell=bash
# The Python environment of the linters and of the packer: made once, under a name made from its inputs.
# Sourced by scripts/test and scripts/package-addon, which set $here and source lib.sh.

# shellcheck disable=SC2034,SC2154

# Sets LINT to the environment's folder.
lint_environment() {
    install_packages postgresql python3 python3-venv
    find_cache
    LINT="$CACHE/venv/lint-$({
        cat "$here/lint/requirements.txt"
        /usr/bin/python3 --version
    } | digest)"
    if [ ! -e "$LINT/complete" ]; then with_lock lint make_lint_environment "$LINT"; fi
}

make_lint_environment() {
    if [ -e "$1/complete" ]; then return 0; fi
    step "making the linters' Python environment" "is PyPI reachable? Then run it again"
    as_owner rm -rf "$1"
    as_owner mkdir -p "$(dirname "$1")"
    as_owner /usr/bin/python3 -m venv "$1"
    as_owner env PIP_CACHE_DIR="$CACHE/pip" "$1/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement /dev/stdin <"$here/lint/requirements.txt"
    as_owner touch "$1/complete"
}
