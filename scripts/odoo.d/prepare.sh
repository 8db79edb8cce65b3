# shellcheck shell=bash
# The parts Odoo is made of: Debian packages, the unpacked Odoo, its Python environment, and our addon as it is packed.
# Each is kept under a name made from its inputs, so that a changed input rebuilds that part only, and each appears
# under that name in one step, so that an interrupted run leaves no half of it.
# Sourced by scripts/odoo, which sets $here and calls what is here.

# shellcheck disable=SC2034,SC2154

# `file` brings libmagic, whose package has another name in each Debian, for Odoo to tell types of files apart.
DEBIAN_PACKAGES=(postgresql python3 python3-venv file)

# Odoo and the files its web client links to. Font Awesome and Inconsolata are Debian 12's: the links are to its paths.
ODOO_SOURCES=(
    odoo-19/sid libjs-jquery/sid libjs-jquery-form/sid libjs-underscore/sid fonts-roboto-unhinted/sid
    fonts-montserrat/sid fonts-ocr-b/sid fonts-glyphicons-halflings/sid
    fonts-font-awesome/bookworm fonts-inconsolata/bookworm
)
DEBIAN_MIRROR="${BANK_BRIDGE_DEBIAN_MIRROR:-http://deb.debian.org/debian}"

# Copies a folder to a name that stands for its contents, unless it is there: copy_once FROM TO
copy_once() {
    local from="$1" to="$2" temporary
    if [ -d "$to" ]; then return 0; fi
    mkdir -p "$(dirname "$to")"
    find "$(dirname "$to")" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
    temporary="$(mktemp -d "$to.XXXXXX")"
    cp -RL "$from/." "$temporary"
    find "$temporary" -name __pycache__ -prune -exec rm -rf {} +
    chmod -R a+rX,u+w "$temporary"
    # Another run may have been faster; its copy is the same.
    mv -T "$temporary" "$to" 2>/dev/null || rm -rf "$temporary"
}

# Sets ADDONS to a folder with our addon as it is now, or to nothing while there is none. It is what scripts/package-addon
# packs for this Odoo, unpacked: what is tested and tried is what is given away. Odoo reads it from there, since the
# project's folder may be closed to the user it runs as, and must not change under a running server.
snapshot_addon() {
    local packed name
    ADDONS=""
    if [ -f "$PROJECT/odoo_addon/bank_bridge/__manifest__.py" ]; then
        packed="$(mktemp -d)"
        /usr/bin/python3 -B "$here/package.d/package.py" 19 "$packed" >/dev/null || {
            rm -rf "$packed"
            die "the addon cannot be packed for Odoo 19" "the message above names the file; scripts/package-addon 19 says more"
        }
        # The same source gives the same zip.
        name="$(cat "$packed"/*.zip | digest)"
        ADDONS="$CACHE/addons/$name"
        if [ ! -d "$ADDONS" ]; then
            mkdir "$packed/addons"
            /usr/bin/python3 -m zipfile -e "$packed"/*.zip "$packed/addons"
            copy_once "$packed/addons" "$ADDONS"
            chmod a+rx "$CACHE/addons" "$ADDONS"
        fi
        rm -rf "$packed"
    fi
    export ADDONS
}

need_addon() {
    [ -n "$ADDONS" ] || die "there is no addon in $PROJECT/odoo_addon/bank_bridge" \
        "run this from a complete copy of the project"
}

odoo_folder() { echo "$CACHE/odoo/$(printf '%s\n' "${ODOO_SOURCES[@]}" | digest)"; }

venv_folder() {
    echo "$CACHE/venv/$({
        cat "$here/odoo-requirements.txt"
        /usr/bin/python3 --version
    } | digest)"
}

# apt with a configuration of its own: separate lists and cache, so that the system's sources and lists stay as they are.
own_apt() {
    local folder="$1"
    shift
    apt-get -qq -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" -o APT::Sandbox::User="" \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o Acquire::Retries=3 "$@"
}

build_odoo() {
    local target work suite package stub
    target="$(odoo_folder)"
    if [ -d "$target" ]; then return 0; fi
    step "fetching and unpacking Odoo 19 (about 130 MB)" "is $DEBIAN_MIRROR reachable? Then run it again"
    mkdir -p "$CACHE/odoo"
    rm -rf "$CACHE"/odoo/new.*
    work="$(mktemp -d "$CACHE/odoo/new.XXXXXX")"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages" "$work/root"
    for suite in sid bookworm; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $DEBIAN_MIRROR $suite main"
    done >"$work/sources.list"
    logged apt-update own_apt "$work" update
    (cd "$work/packages" && logged apt-download own_apt "$work" download "${ODOO_SOURCES[@]}")
    for package in "$work"/packages/*.deb; do dpkg -x "$package" "$work/root"; done
    # Debian leaves this part of the video calls out, but the page's bundle still names it and complains on every page,
    # which fails each of Odoo's browser tests. An empty one does.
    stub="$work/root/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    if [ ! -e "$stub" ]; then
        mkdir -p "$(dirname "$stub")"
        : >"$stub"
    fi
    mv "$work/root" "$target"
    rm -rf "$work"
}

build_venv() {
    local target
    target="$(venv_folder)"
    # An environment holds its own path, so it is built in place and marked when it is whole.
    if [ -e "$target/complete" ]; then return 0; fi
    step "making Odoo's Python environment" "is PyPI reachable? Then run it again"
    rm -rf "$target"
    mkdir -p "$CACHE/venv"
    logged venv /usr/bin/python3 -m venv "$target"
    PIP_CACHE_DIR="$CACHE/pip" logged pip "$target/bin/python" -m pip install --quiet \
        --disable-pip-version-check --use-pep517 --requirement "$here/odoo-requirements.txt"
    touch "$target/complete"
}

ensure_parts() {
    if [ ! -d "$(odoo_folder)" ]; then with_lock odoo build_odoo; fi
    if [ ! -e "$(venv_folder)/complete" ]; then with_lock venv build_venv; fi
    ODOO_ROOT="$(odoo_folder)"
    ODOO_PYTHON="$(venv_folder)/bin/python"
}

# Odoo with our parts: odoo_command ARGUMENTS
odoo_command() {
    PYTHONPATH="$ODOO_ROOT/usr/lib/python3/dist-packages" "$ODOO_PYTHON" "$ODOO_ROOT/usr/bin/odoo" "$@"
}
