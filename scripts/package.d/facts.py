"""What is known of the majors, for the rules and for the checks: from Odoo's sources, read in the majors themselves.

Where a check meets a name of Odoo's that stands nowhere here, it stops: find out which majors have it, and write it down.
A pair is the first and the last major that has the thing; `ALL` is each of those we pack for.
"""

ALL = (17, 20)

# What an older Odoo lacks, up to that major, and `compat` of these majors has instead.
COMPAT = {
    ("odoo.fields", "Domain"): 18,
    ("odoo.exceptions", "ConcurrencyError"): 18,
    ("odoo.service.model", "ConcurrencyError"): 18,
    ("odoo.tools.translate", "LazyGettext"): 17,
    ("odoo.tools.translate", "LazyTranslate"): 17,
}

# Fields and methods that had another name up to that major.
OLDER_NAMES = {
    "group_ids": (18, "groups_id"),
    "all_group_ids": (18, "groups_id"),
}
# In tests only, where the older thing stands for the newer one. Odoo 17 has no hard lock date.
OLDER_NAMES_IN_TESTS = {
    "hard_lock_date": (17, "fiscalyear_lock_date"),
    "_validate_locks": (17, "_validate_fiscalyear_lock"),
}

# Records of other addons that had another name up to that major. Before Odoo 18, who may enter bank statements has all of
# accounting.
OLDER_XML_IDS = {
    "account.group_account_basic": (17, "account.group_account_user"),
}

# Before Odoo 18 a statement line has its journal through its entry only. In our SQL, `line` and `move` are these two tables.
LINE_TABLE = "account_bank_statement_line"
OLDER_SQL = (
    17,
    (
        ("line.journal_id", "move.journal_id"),
        ("line.company_id", "move.company_id"),
        # What is near in time, for the rest of the query to choose from by its journal.
        (
            f"SELECT id FROM {LINE_TABLE}\n                     WHERE journal_id = %(journal)s AND ",
            f"SELECT id FROM {LINE_TABLE}\n                     WHERE ",
        ),
    ),
)

# Names of other majors that no rule may leave behind: (last major without it, or None; first major without it, or None).
ABSENT = {
    "Constraint": (18, None),
    "UniqueIndex": (18, None),
    "group_ids": (18, None),
    "all_group_ids": (18, None),
    "privilege_id": (18, None),
    "implied_by_ids": (18, None),
    "all_implied_ids": (18, None),
    "_sql_constraints": (None, 19),
    "groups_id": (None, 19),
    "check_access": (17, None),
    "has_access": (17, None),
    "_filtered_access": (17, None),
    "api_key_duration": (17, None),
    "hard_lock_date": (17, None),
    "sale_lock_date": (17, None),
    "purchase_lock_date": (17, None),
    "checked": (17, None),
    "to_check": (None, 18),
    "check_access_rights": (None, 19),
    "check_access_rule": (None, 19),
    "get_param": (None, 20),
    "set_param": (None, 20),
    "numbercall": (None, 18),
    "_notify_progress": (17, 19),
    "_commit_progress": (18, None),
}
# Names in ABSENT that the addon's own compat gives to an older major as functions.
OF_COMPAT = ("check_access", "has_access")

# What is imported from Odoo. A module alone stands for all that it is known to hold in each major.
IMPORTS = {
    "odoo": {"Command": ALL, "SUPERUSER_ID": ALL, "_": ALL, "api": ALL, "fields": ALL, "http": ALL, "models": ALL, "modules": ALL, "tools": ALL},
    "odoo.exceptions": {
        "AccessDenied": ALL,
        "AccessError": ALL,
        "ConcurrencyError": (19, 20),
        "MissingError": ALL,
        "RedirectWarning": ALL,
        "UserError": ALL,
        "ValidationError": ALL,
    },
    "odoo.fields": {"Domain": (19, 20)},
    "odoo.http": {"request": ALL, "Controller": ALL, "route": ALL},
    "odoo.modules.neutralize": {"get_neutralization_queries": ALL},
    "odoo.osv": {"expression": (17, 18)},
    "odoo.release": {"series": ALL},
    "odoo.service.model": {"ConcurrencyError": (19, 20)},
    "odoo.tests": {
        "BaseCase": ALL,
        "Form": ALL,
        "HttpCase": ALL,
        "TransactionCase": ALL,
        "new_test_user": ALL,
        "tagged": ALL,
        "users": ALL,
    },
    "odoo.tests.common": {"_super_send": ALL},
    "odoo.tools": {
        "SQL": ALL,
        "email_normalize": ALL,
        "file_open": ALL,
        "format_amount": ALL,
        "format_date": ALL,
        "format_datetime": ALL,
        "formatLang": ALL,
        "human_size": ALL,
        "float_compare": ALL,
        "float_is_zero": ALL,
        "mute_logger": ALL,
        "html_escape": ALL,
    },
    "odoo.tools.misc": {"babel_locale_parse": ALL, "format_date": ALL, "format_datetime": ALL, "formatLang": ALL, "file_open": ALL},
    "odoo.tools.translate": {
        "LazyGettext": (18, 20),
        "LazyTranslate": (18, 20),
        "code_translations": ALL,
        "trans_export": ALL,
    },
}

# Methods and attributes of Odoo's own whose names begin with an underscore, which may change from one major to the next:
# those that the addon calls or extends.
INTERNALS = {
    # Of every model.
    **dict.fromkeys(
        (
            "_abstract _auto _check_company _compute_display_name _context _description _description_selection _fields"
            " _get_placeholder_filename _inherit _inherits _log_access _mail_post_access _module _name _order _origin"
            " _original_module _rec_name _rec_names_search _table _transient _trigger _api_model _active_name"
            " _check_company_auto _parent_name _search _get_report_base_filename _read_group"
        ).split(),
        ALL,
    ),
    # Of mail and of base.
    **dict.fromkeys(("_message_log", "_track_subtype", "_creation_message", "_activate_lang", "_update_translations"), ALL),
    "_crypt_context": ALL,
    "_for_xml_id": ALL,
    "_generate": ALL,
    # Of phone_validation before Odoo 18, which comes with sms.
    "_phone_format": ALL,
    "_remove": ALL,
    "_super_send": ALL,
    "_get_id": ALL,
    # Of accounting.
    "_compute_name": ALL,
    "_fill_bank_cash_dashboard_data": ALL,
    "_seek_for_lines": ALL,
    "_compute_journal_id": ALL,
    "_compute_balance_start": ALL,
    "_compute_balance_end": ALL,
    "_get_violated_lock_dates": ALL,
    "_validate_locks": (18, 20),
    "_validate_fiscalyear_lock": (17, 17),
    "_": (18, 20),
}

# Records of other addons that ours names.
XML_IDS = {
    "account.group_account_basic": (18, 20),
    "account.group_account_invoice": ALL,
    "account.group_account_manager": ALL,
    "account.group_account_readonly": ALL,
    "account.group_account_user": ALL,
    "account.menu_finance": ALL,
    "account.menu_finance_configuration": ALL,
    "account.account_journal_dashboard_kanban_view": ALL,
    "account.view_account_journal_form": ALL,
    "account.view_bank_statement_tree": ALL,
    "account.view_bank_statement_search": ALL,
    "base.group_multi_company": ALL,
    "base.group_multi_currency": ALL,
    "base.group_no_one": ALL,
    "base.group_partner_manager": ALL,
    "base.group_portal": ALL,
    "base.group_public": ALL,
    "base.group_system": ALL,
    "base.group_user": ALL,
    "base.main_company": ALL,
    "base.module_category_accounting": ALL,
    "base.public_user": ALL,
    "base.res_config_settings_view_form": ALL,
    "base.user_admin": ALL,
    "mail.mail_activity_data_todo": ALL,
}

# Widgets of Odoo's web client.
WIDGETS = dict.fromkeys(
    (
        "CopyClipboardChar CopyClipboardButton badge binary boolean_favorite boolean_toggle char date daterange email handle html"
        " image integer label_selection list_activity many2many_binary many2many_checkboxes many2many_tags many2one"
        " many2one_avatar_user monetary percentage phone priority progressbar radio remaining_days selection selection_badge"
        " account_file_uploader boolean image_url statinfo statusbar text url web_ribbon attach_document many2many_tags_avatar float_time"
    ).split(),
    ALL,
)

# Modules of Odoo's web client that ours imports.
JS_MODULES = {
    "@odoo/owl": ALL,
    "@web/core/registry": ALL,
    "@web/core/l10n/translation": ALL,
    "@web/core/utils/hooks": ALL,
    "@web/views/fields/many2many_binary/many2many_binary_field": ALL,
    "@web/views/fields/standard_field_props": ALL,
    "@web/views/widgets/standard_widget_props": ALL,
}

# Material's name of an icon, for Odoo 20.
ICONS = {
    "fa-university": "account_balance",
    "fa-plug": "power",
    "fa-refresh": "sync",
    "fa-list": "list",
    "fa-bars": "menu",
    "fa-pencil-square-o": "edit_square",
    "fa-pencil": "edit",
    "fa-exclamation-triangle": "warning",
    "fa-check": "check",
    "fa-times": "close",
    "fa-trash": "delete",
    "fa-trash-o": "delete",
    "fa-download": "download",
    "fa-upload": "upload",
    "fa-files-o": "file_copy",
    "fa-file-text-o": "description",
    "fa-exchange": "swap_horiz",
    "fa-key": "key",
    "fa-bank": "account_balance",
    "fa-link": "link",
    "fa-search": "search",
    "fa-clock-o": "schedule",
    "fa-history": "history",
    "fa-envelope": "mail",
    "fa-envelope-o": "mail",
    "fa-clone": "content_copy",
    "fa-info-circle": "info",
    "fa-question-circle": "help",
    "fa-pause": "pause",
    "fa-book": "book",
    "fa-arrow-left": "arrow_back",
    "fa-arrow-right": "arrow_forward",
    "fa-pause-circle": "pause_circle",
    "fa-unlink": "link_off",
    "fa-wrench": "build",
}
