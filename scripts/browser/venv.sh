# shellcheck shell=bash
# The Python environment of the browser's driver. Sourced by what opens a browser, after lib.sh, which sets $here.

# shellcheck disable=SC2154

# Sets venv; makes it, with Debian's Chromium, when it is first needed.
make_browser_venv() {
    install_packages chromium chromium-driver fonts-dejavu-core python3 python3-venv postgresql
    find_cache
    venv="$CACHE/venv/browser-$({
        cat "$here/browser/requirements.txt"
        /usr/bin/python3 --version
    } | digest)"
    if [ ! -e "$venv/complete" ]; then with_lock browser build_browser_venv; fi
}

# shellcheck disable=SC2317 # called through with_lock
# Kept under the digest of what is in it.
build_browser_venv() {
    if [ -e "$venv/complete" ]; then return 0; fi
    step "making the browser's Python environment" "is PyPI reachable? Then run it again"
    as_owner rm -rf "$venv"
    as_owner mkdir -p "$(dirname "$venv")"
    as_owner /usr/bin/python3 -m venv "$venv"
    as_owner env PIP_CACHE_DIR="$CACHE/pip" "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement /dev/stdin <"$here/browser/requirements.txt"
    as_owner touch "$venv/complete"
}
