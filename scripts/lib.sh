# shellcheck shell=bash
# What every script here shares: where things live, how a step is announced, what happens when one fails, and who
# runs what. PostgreSQL refuses to run as root, so a root shell (a container) hands the work to the ordinary user
# `postgres`, which Debian's package brings; an ordinary user does the work himself and needs sudo for packages only.
#
# Source it; it sets PROJECT and defines functions, and changes nothing.

# shellcheck disable=SC2034 # for the scripts that source this
PROJECT="${BANK_BRIDGE_PROJECT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}"
OWNER=postgres
CURRENT_STEP=""
CURRENT_HINT=""

# Announces a step, and remembers what to do should it fail: step "what" ["what to do when it fails"]
step() {
    CURRENT_STEP="$1"
    CURRENT_HINT="${2:-}"
    echo "==> $1" >&2
}

# Ends with a message and a next step: die "what is wrong" ["what to do"]
die() {
    trap - EXIT
    echo "error: $1" >&2
    if [ -n "${2:-}" ]; then echo "hint: $2" >&2; fi
    exit 1
}

# For `trap report_failure EXIT`: names the step that failed and what to do about it.
report_failure() {
    local status=$?
    if [ "$status" -ne 0 ] && [ -n "$CURRENT_STEP" ]; then
        echo "error: this step failed: $CURRENT_STEP (exit status $status)" >&2
        if [ -n "$CURRENT_HINT" ]; then echo "hint: $CURRENT_HINT" >&2; fi
    fi
    exit "$status"
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# Runs a command as root: itself when we are root, else through sudo.
as_root() {
    if is_root; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "Debian packages are to be installed, and neither are you root nor is there sudo" \
            "as root, run: $*"
    fi
}

# Runs a command as the ordinary user, without root's search path (which that user may not read).
as_owner() {
    if is_root; then
        setpriv --reuid="$OWNER" --regid="$OWNER" --init-groups \
            env HOME="$CACHE/home" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
    else
        "$@"
    fi
}

# Installs what is missing of the named Debian packages; asks apt for nothing when all are there.
install_packages() {
    local missing=() package
    for package in "$@"; do
        case "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)" in
            installed) ;;
            *) missing+=("$package") ;;
        esac
    done
    if [ ${#missing[@]} -eq 0 ]; then return 0; fi
    step "installing Debian packages: ${missing[*]}" \
        "look at what apt says above; 'apt-get install ${missing[*]}' as root must work on its own"
    local log apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    log="$(mktemp)"
    # The lists of a fresh container are empty; a lock held by another apt is waited for.
    if ! as_root "${apt[@]}" update >"$log" 2>&1 ||
        ! as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# Finds cargo, and brings what it needs besides: the libraries written in C are compiled on the spot.
need_rust() {
    if ! command -v cargo >/dev/null; then
        [ -x "${HOME:?}/.cargo/bin/cargo" ] || die "Rust is not installed" "install it as https://rustup.rs says"
        PATH="$HOME/.cargo/bin:$PATH"
    fi
    if ! command -v cc >/dev/null; then install_packages gcc libc6-dev; fi
}

# Whether the ordinary user may enter a folder, or, while it does not exist, the nearest one above it.
owner_can_enter() {
    local folder="$1"
    while [ ! -d "$folder" ]; do folder="$(dirname "$folder")"; done
    CACHE=/nonexistent as_owner test -x "$folder"
}

# Sets and makes CACHE. It is the user's cache folder; when root's own is closed to the ordinary user who does the
# work (/root mostly is), that user's cache folder.
find_cache() {
    CACHE="${XDG_CACHE_HOME:-${HOME:?}/.cache}/bank-bridge"
    if is_root; then
        id "$OWNER" >/dev/null 2>&1 || die "there is no user '$OWNER' yet" "run: scripts/odoo prepare"
        if ! owner_can_enter "$CACHE"; then
            CACHE="$(getent passwd "$OWNER" | cut -d: -f6)/.cache/bank-bridge"
        fi
        if [ ! -d "$(dirname "$CACHE")" ]; then install -d -o "$OWNER" -g "$OWNER" "$(dirname "$CACHE")"; fi
        # Each time: what root made in there first, that user could not write.
        install -d -o "$OWNER" -g "$OWNER" -m 0755 "$CACHE" "$CACHE/home" "$CACHE/log" "$CACHE/pip"
    else
        mkdir -p "$CACHE"
    fi
    export CACHE
}

# Runs a command under a lock of that name, so that two runs at a time build a thing once. Locks do not nest.
# What a command leaves running must close descriptor 9, or it keeps the lock.
with_lock() {
    local name="$1"
    shift
    exec 9>"$CACHE/$name.lock"
    if ! flock --nonblock 9; then
        echo "==> waiting for another run that holds $CACHE/$name.lock" >&2
        flock 9
    fi
    "$@"
    exec 9>&-
}

# Runs a command with its output in a log of that name; shows the log's end when the command fails.
logged() {
    local log="$CACHE/log/$1.log" status=0
    shift
    mkdir -p "$CACHE/log"
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        tail -n 30 "$log" >&2
        echo "the whole log: $log" >&2
    fi
    return "$status"
}

# Sets VENV to a Python environment with what a requirements file pins, made once under the digest of that:
# python_environment NAME REQUIREMENTS
python_environment() {
    install_packages postgresql python3 python3-venv
    find_cache
    VENV="$CACHE/venv/$1-$({
        cat "$2"
        /usr/bin/python3 --version
    } | digest)"
    if [ ! -e "$VENV/complete" ]; then with_lock "$1" make_python_environment "$1" "$2"; fi
}

make_python_environment() {
    if [ -e "$VENV/complete" ]; then return 0; fi
    step "making the Python environment '$1'" "is PyPI reachable? Then run it again"
    as_owner rm -rf "$VENV"
    as_owner mkdir -p "$(dirname "$VENV")"
    as_owner /usr/bin/python3 -m venv "$VENV"
    as_owner env PIP_CACHE_DIR="$CACHE/pip" "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement /dev/stdin <"$2"
    as_owner touch "$VENV/complete"
}

# The first 12 hexadecimal digits of the SHA-256 of standard input: the name of a thing built from these inputs.
digest() { sha256sum | cut -c1-12; }

# The digest of a folder's files, names and contents, without what Python leaves behind.
folder_digest() {
    (cd "$1" && find -L . -type f ! -name '*.pyc' ! -path '*/__pycache__/*' -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum) | digest
}

# Prints as many free loopback ports as asked. They are free now, not reserved: a caller tries again when it loses one.
free_ports() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PYTHON
}

# Whether a server on loopback answers, no proxy between: answers PORT PATH SECONDS
answers() {
    /usr/bin/python3 - "$@" 2>/dev/null <<'PYTHON'
import sys, urllib.request
port, path, seconds = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
opener.open(f"http://127.0.0.1:{port}{path}", timeout=float(seconds)).read()
PYTHON
}
