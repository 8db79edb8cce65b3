import io
import re
from pathlib import Path

import polib
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

FOLDER = Path(__file__).parent.parent / "i18n"
LANGUAGES = ("nl", "fr", "de")


def placeholders(text):
    return sorted(re.findall(r"%\(\w+\)s|%s", text))


@tagged("post_install", "-at_install", "bank_bridge")
class TestTranslations(TransactionCase):
    def test_template_is_complete(self):
        """Every term of the addon stands in the template; `scripts/translations` renews it."""
        exported = io.BytesIO()
        trans_export(None, ["bank_bridge"], exported, "po", self.env)
        terms = {entry.msgid for entry in polib.pofile(exported.getvalue().decode())}
        template = {entry.msgid for entry in polib.pofile(str(FOLDER / "bank_bridge.pot"))}
        self.assertEqual(template, terms)

    def test_languages_are_complete(self):
        template = {entry.msgid for entry in polib.pofile(str(FOLDER / "bank_bridge.pot"))}
        for language in LANGUAGES:
            entries = polib.pofile(str(FOLDER / f"{language}.po"))
            self.assertEqual({entry.msgid for entry in entries}, template, language)
            for entry in entries:
                with self.subTest(language=language, term=entry.msgid):
                    self.assertTrue(entry.msgstr)
                    self.assertEqual(placeholders(entry.msgstr), placeholders(entry.msgid))

    def test_dutch_is_shown(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.env["ir.module.module"].search([("name", "=", "bank_bridge")])._update_translations(["nl_NL"])
        registration = self.env["bank.bridge.registration"].with_context(lang="nl_NL")._get()
        selection = dict(registration._fields["state"]._description_selection(registration.env))
        self.assertEqual(selection["not_connected"], "Niet verbonden")
        registration.address = "?"
        registration.token = "t"
        with self.assertLogs("odoo.addons.bank_bridge.models.bank_bridge_registration", "WARNING"):
            registration._connect()
        self.assertIn("moet eruitzien", registration.message)
