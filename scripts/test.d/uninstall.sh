# shellcheck shell=bash
# Uninstalling on a real Odoo: a database in use becomes what it was before the addon, with its statements and lines.
# Sourced by scripts/test, which sets $here, $logs and $database and defines `die`.

# shellcheck disable=SC2154

# What a script of tests/uninstall prints in a shell of that database: in_shell DATABASE SCRIPT
in_shell() {
    "$here/odoo" shell "$1" <"$PROJECT/tests/uninstall/$2.py" >"$logs/shell" 2>&1 || {
        cat "$logs/shell" >&2
        die "tests/uninstall/$2.py failed"
    }
    if grep -q '^Traceback' "$logs/shell"; then
        cat "$logs/shell" >&2
        die "tests/uninstall/$2.py failed"
    fi
    sed -nE 's/^.*=> //p' "$logs/shell"
}

# What differs and may: the account of the journal that was filled in, and that the list of apps knows the addon.
NOT_OURS='^xml id: account \| 1_bank_journal_default_account|^xml id: base \| module_bank_bridge '

uninstalled() {
    local without="un0_$database" name="un_$database"
    touch "$logs/uninstalling"
    "$here/odoo" db "$without"
    "$here/odoo" db "$name" --addon
    in_shell "$without" picture | grep -vE "$NOT_OURS" >"$logs/without"
    in_shell "$name" fill
    in_shell "$name" picture | grep -vE "$NOT_OURS" >"$logs/with"
    in_shell "$name" books >"$logs/books"
    if diff -q "$logs/without" "$logs/with" >/dev/null || ! grep -q '^line:' "$logs/books"; then
        die "the pictures show nothing of the addon"
    fi
    in_shell "$name" uninstall
    in_shell "$name" books | diff "$logs/books" - || die "statements or lines are not what they were"
    in_shell "$name" picture | grep -vE "$NOT_OURS" | diff "$logs/without" - ||
        die "uninstalling leaves these behind (>) or takes them along (<)"
    in_shell "$name" install
    in_shell "$name" books | diff "$logs/books" - || die "installing again changed statements or lines"
    "$here/odoo" dropdb "$name"
    "$here/odoo" dropdb "$without"
    rm "$logs/uninstalling"
    echo "uninstalled without a trace, and installed again"
}
