"""Runs tours one after the other: run.py GIVEN.json [NAME...]; see `harness`."""

import importlib.util
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path

import harness

HERE = Path(__file__).parent
LANGUAGES = {"en": "en_US", "nl": "nl_NL"}


def tours(names):
    """The tours whose names hold one of these, or all."""
    found = sorted(HERE.glob("[0-9][0-9]_*.py"))
    return [path for path in found if not names or any(name in path.stem for name in names)]


def load(path):
    specification = importlib.util.spec_from_file_location(f"tour_{path.stem}", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.tour


def run(browser, path):
    """Seconds, and what went wrong or nothing."""
    browser.tour, begun = path.stem, time.monotonic()
    try:
        load(path)(browser)
        complaints = browser.complaints()
        wrong = "the console complains: " + " | ".join(complaints) if complaints else None
    except Exception as trouble:
        wrong = "".join(traceback.format_exception(trouble))
        try:
            # What it looked like then.
            (Path(browser.given["out"]) / f"{path.stem}-FAILED.png").write_bytes(
                browser.driver.get_screenshot_as_png()
            )
            browser.complaints()
        except Exception:
            traceback.print_exc()
    return time.monotonic() - begun, wrong


def main():
    given, names = json.loads(Path(sys.argv[1]).read_text()), sys.argv[2:]
    chosen = tours(names)
    if not chosen:
        sys.exit(f"error: there is no tour of that name in {HERE}")
    Path(given["out"]).mkdir(parents=True, exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="bank-bridge-browser-") as profile:
        browser = harness.Browser(given, profile)
        try:
            browser.sign_in()
            user = browser.odoo("res.users", "search", [("login", "=", "admin")])
            browser.odoo("res.users", "write", user, {"lang": LANGUAGES[given["language"]]})
            browser.complaints()
            for path in chosen:
                seconds, wrong = run(browser, path)
                failed += bool(wrong)
                print(f"{'FAILED' if wrong else 'ok    '} {seconds:4.0f} s  {given['language']}  {path.stem}", flush=True)
                if wrong:
                    print(wrong, flush=True)
        finally:
            browser.quit()
    print(f"{len(chosen) - failed} tours passed, {failed} failed; {len(browser.shots)} pictures", flush=True)
    sys.exit(1 if failed else 0)


main()
