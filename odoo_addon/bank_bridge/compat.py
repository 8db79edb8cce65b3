"""What Odoo does otherwise in each major, as this major does it. `odoo_addon/series` has the files of the other majors."""

from datetime import timedelta

from odoo import fields


def new_api_key(keys, name):
    """A fresh API key of the user of `keys` with the longest life that Odoo allows him: (key, when it ends)."""
    days = max(keys.env.user.all_group_ids.mapped("api_key_duration"), default=0) or 1.0
    # Odoo compares with the server's local time, which may be behind ours by up to half a day.
    expiry = fields.Datetime.now() + timedelta(days=days) - timedelta(hours=13)
    return keys._generate("rpc", name, expiry), expiry
