# Writes the template of the addon's terms to standard output; run in an Odoo shell.
import io
import sys

from odoo.tools.translate import trans_export

exported = io.BytesIO()
trans_export(None, ["bank_bridge"], exported, "po", env)
sys.stdout.write(exported.getvalue().decode())
sys.stdout.flush()
