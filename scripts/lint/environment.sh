# shellcheck shell=bash
# The linters' and the packer's Python environment, made once under a name made from its inputs, and OCA's rules.
# Sourced by scripts/test and scripts/package-addon, which set $here and source lib.sh.

# shellcheck disable=SC2034,SC2154

# Sets LINT to the environment's folder.
lint_environment() {
    python_environment lint "$here/lint/requirements.txt"
    LINT="$VENV"
}

# OCA's rules for an addon, all but these:
#   manifest-required-author             OCA names itself as the author of what stands in its repositories, nowhere else
#   consider-merging-classes-inherited   a model is spread over files on purpose, one subject a file
#   no-wizard-in-models                  what a dialogue is made of stands beside the models that it serves
#   xml-tag-position                     attributes stand in the order of Odoo's own views
#   xml-header-wrong                     the name of an encoding has no case; Odoo itself writes this one both ways
#   po-pretty-format                     the catalogues are written by scripts/translations
# What one place alone may do is said there. As oca_rules FOLDER MAJOR: the folder holds the addon, of that major.
oca_rules() (
    set -e
    cd "$1" || exit
    "$LINT/bin/pylint" --rcfile="$here/lint/pylintrc" --valid-odoo-versions="$2.0" \
        --disable=manifest-required-author,consider-merging-classes-inherited,no-wizard-in-models bank_bridge
    # It wants to stand in the addon's repository.
    "$LINT/bin/oca-checks-odoo-module" --disable=xml-header-wrong,xml-tag-position bank_bridge
    "$LINT/bin/oca-checks-po" --disable=po-pretty-format bank_bridge/i18n/*.po
)
