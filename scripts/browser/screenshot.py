"""Signs in to Odoo's web client, opens a page and writes its picture, a PNG, to standard output.

The password comes in the environment variable BROWSER_PASSWORD, so that it stands in no list of processes.
"""

import argparse
import os
import sys
import tempfile

from chromium import chromium
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 60  # seconds; the first page of a new database builds its scripts and styles
ERROR_DIALOGUE = ".o_error_dialog"


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("login")
    parser.add_argument("path")
    parser.add_argument("--size", default="1400x900")
    parser.add_argument("--click", action="append", default=[])
    parser.add_argument("--wait")
    return parser.parse_args()


def settle(driver):
    """Waits until the web client shows an action and asks the server for nothing more."""
    wait = WebDriverWait(driver, PATIENCE)
    wait.until(
        lambda d: d.find_elements(By.CSS_SELECTOR, f".o_action_manager > *, {ERROR_DIALOGUE}, .o_home_menu")
        or not d.find_elements(By.CSS_SELECTOR, ".o_web_client")
    )
    quiet = """
        const done = arguments[0]; let seen = -1;
        const look = () => {
            const now = performance.getEntriesByType('resource').length;
            if (now === seen && document.readyState === 'complete' && !document.querySelector('.o_loading_indicator')) {
                done();
            } else { seen = now; setTimeout(look, 700); }
        };
        look();
    """
    driver.set_script_timeout(PATIENCE)
    driver.execute_async_script(quiet)


def visit(driver, options):
    wait = WebDriverWait(driver, PATIENCE)
    driver.get(options.url + "/web/login")
    if options.login:
        wait.until(expected.element_to_be_clickable((By.NAME, "login"))).send_keys(options.login)
        driver.find_element(By.NAME, "password").send_keys(os.environ["BROWSER_PASSWORD"])
        driver.find_element(By.CSS_SELECTOR, ".oe_login_form button[type=submit]").click()
        wait.until(
            lambda d: "/web/login" not in d.current_url or d.find_elements(By.CSS_SELECTOR, ".alert-danger")
        )
        if "/web/login" in driver.current_url:
            return ["signing in was refused"]
        settle(driver)
        driver.get(options.url + options.path)
    settle(driver)
    for selector in options.click:
        wait.until(expected.element_to_be_clickable((By.CSS_SELECTOR, selector))).click()
        settle(driver)
    if options.wait:
        wait.until(expected.visibility_of_element_located((By.CSS_SELECTOR, options.wait)))
    return [dialogue.text for dialogue in driver.find_elements(By.CSS_SELECTOR, ERROR_DIALOGUE)]


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="bank-bridge-browser-") as profile:
        driver = chromium(options.size, profile)
        try:
            complaints = visit(driver, options)
            complaints += [entry["message"] for entry in driver.get_log("browser")]
            sys.stdout.buffer.write(driver.get_screenshot_as_png())
        finally:
            driver.quit()
    for complaint in complaints:
        print(f"error: {complaint}", file=sys.stderr)
    sys.exit(1 if complaints else 0)


main()
