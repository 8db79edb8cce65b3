"""What a tour does in a browser: a real Chromium, signed in at a real Odoo with the addon, the bridge and simulated
providers behind it.

A tour is a file `NN_name.py` here with a function `tour(b)`; `b` is a `Browser`. Tours run in the order of their names, in
one database a language, each beginning where the ones before have left off. `scripts/screenshots` brings everything up and
runs them in English and in Dutch; a tour that waits in vain, sees an error dialogue or a complaint in the console fails.

    def tour(b):
        b.open("/odoo/action-bank_bridge.action_connection")
        b.click(".o_data_row", "ING")
        b.see("button[name=action_sync]", b.words("Synchronise", "Synchroniseren"))
        b.shot("connection")

Select by names of fields and buttons, which are alike in all languages; texts are for checking the translation.
`b.given` holds what the tour is told: `url`, `database`, `language` ("en" or "nl"), `sandbox` (address), `client_id` and
`client_secret` (of simulated Ponto), `samples` (folder of bank files), `mail_log` (file of caught mails), `out`.
"""

import base64
import json
import re
import time
import urllib.request
from pathlib import Path

from chromium import chromium
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

PATIENCE = 40  # seconds that a tour waits for what it wants to see
ERROR_DIALOGUE = ".o_error_dialog"
NOISE = ("favicon", "bus/websocket_worker", "WebSocket connection")
QUIET = """
    const done = arguments[0]; let seen = -1;
    const look = () => {
        const now = performance.getEntriesByType('resource').length;
        const busy = document.querySelector('.o_loading_indicator, .o_blockUI');
        if (now === seen && document.readyState === 'complete' && !busy) { done(); }
        else { seen = now; setTimeout(look, 250); }
    };
    look();
"""
DROP = """
    const [target, input] = arguments;
    const data = new DataTransfer();
    for (const file of input.files) { data.items.add(file); }
    for (const kind of ['dragenter', 'dragover', 'drop']) {
        const box = target.getBoundingClientRect();
        const where = {clientX: box.x + box.width / 2, clientY: box.y + box.height / 2};
        target.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data, ...where}));
    }
    input.remove();
"""


class TourFailure(Exception):
    """What a tour waited for did not come, or what it saw is wrong."""


class Browser:
    def __init__(self, given, profile):
        self.given = given
        self.language = given["language"]
        self.tour = ""
        self.shots = []
        self.driver = chromium("1400x1000", profile)
        self.driver.set_script_timeout(PATIENCE)

    # Where we are

    def words(self, english, dutch):
        """The text that this language should show."""
        return {"en": english, "nl": dutch}[self.language]

    def sign_in(self, login="admin", password="admin"):
        self.driver.get(self.given["url"] + "/web/session/logout?redirect=/web/login")
        self.type("input[name=login]", login)
        self.type("input[name=password]", password)
        self.click(".oe_login_form button[type=submit]")
        self.until(lambda: "/web/login" not in self.driver.current_url, "being signed in")
        self.settle()

    def open(self, path):
        """A page of Odoo, `/odoo/action-…`, or any other address."""
        self.driver.get(self.given["url"] + path if path.startswith("/") else path)
        self.settle()

    def settle(self):
        """Until the page asks the server for nothing more. An error dialogue is a failure."""
        try:
            self.driver.execute_async_script(QUIET)
        except WebDriverException:
            # The page went elsewhere meanwhile.
            self.driver.execute_async_script(QUIET)
        wrong = [dialogue.text for dialogue in self._found(ERROR_DIALOGUE)]
        if wrong:
            raise TourFailure(f"an error dialogue: {wrong[0]}")

    # Looking

    def until(self, probe, what, seconds=PATIENCE):
        """What `probe` gives as soon as that is something."""
        end = time.monotonic() + seconds
        while True:
            try:
                result = probe()
            except StaleElementReferenceException:
                result = None
            if result:
                return result
            if time.monotonic() > end:
                raise TourFailure(f"waited in vain for {what}")
            time.sleep(0.1)

    def see(self, css, text=None, seconds=PATIENCE):
        """The first visible element of that kind that holds the text."""
        what = f"{css} with '{text}'" if text else css
        return self.until(lambda: next(iter(self._visible(css, text)), None), what, seconds)

    def sees(self, css, text=None):
        """Whether it is there now."""
        return bool(self._visible(css, text))

    def gone(self, css, text=None, seconds=PATIENCE):
        self.until(lambda: not self._visible(css, text), f"{css} to go", seconds)

    def count(self, css, text=None):
        return len(self._visible(css, text))

    def text(self, css):
        return self.see(css).text

    def value(self, name):
        """What a field of the form shows."""
        widget = self.see(self.field(name))
        entries = widget.find_elements(By.CSS_SELECTOR, "input, textarea")
        return entries[0].get_attribute("value") if entries else widget.text

    def check(self, fact, what):
        if not fact:
            raise TourFailure(what)

    # Doing

    @staticmethod
    def field(name):
        return f'.o_field_widget[name="{name}"]'

    def click(self, css, text=None):
        def press():
            for element in self._visible(css, text):
                if not element.is_enabled():
                    continue
                self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
                try:
                    element.click()
                except WebDriverException as trouble:
                    if "intercepted" in str(trouble) or "interactable" in str(trouble):
                        continue
                    raise
                return True
            return False

        self.until(press, f"{css}{f' with {text}' if text else ''} to click")
        self.settle()

    def press(self, name):
        """A button of the view, by its method or action."""
        self.click(f'button[name="{name}"]')

    def confirm(self):
        """Says yes in a dialogue that asks."""
        self.click(".modal .modal-footer .btn-primary")

    def type(self, css, value):
        element = self.see(css)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(Keys.DELETE)
        element.send_keys(value)
        return element

    def fill(self, name, value):
        """A field for text, a number or a date."""
        entry = self.type(f"{self.field(name)} :is(input, textarea)", value)
        entry.send_keys(Keys.TAB)
        self.settle()

    def choose(self, name, text):
        """A record or an option of a field that offers some as one types, or a plain list."""
        widget = self.see(self.field(name))
        plain = widget.find_elements(By.CSS_SELECTOR, "select")
        if plain:
            self.click(f"{self.field(name)} select option", text)
            return
        entry = widget.find_element(By.CSS_SELECTOR, "input")
        entry.click()
        entry.send_keys(Keys.CONTROL, "a")
        entry.send_keys(text)
        self.click(
            ".o-autocomplete--dropdown-item, .o_select_menu_item, .dropdown-menu.show .dropdown-item", text
        )

    def toggle(self, name):
        self.click(f"{self.field(name)} input")

    def upload(self, *paths, css="input[type=file]"):
        """Hands files to an upload button, whether or not its field shows."""
        entry = self.until(lambda: next(iter(self._found(css)), None), css)
        entry.send_keys("\n".join(str(path) for path in paths))
        self.settle()

    def drop(self, css, *paths):
        """Drags files from the desktop onto an element."""
        target = self.see(css)
        entry = self.driver.execute_script(
            "const input = document.createElement('input'); input.type = 'file'; input.multiple = true;"
            "document.body.append(input); return input;"
        )
        entry.send_keys("\n".join(str(path) for path in paths))
        self.driver.execute_script(DROP, target, entry)
        self.settle()

    def shot(self, name):
        """A picture of what there is to see now."""
        self.settle()
        self._forget_the_mouse()
        path = Path(self.given["out"]) / f"{self.tour}-{name}.png"
        path.write_bytes(base64.b64decode(self.driver.get_screenshot_as_base64()))
        self.shots.append(path.name)

    # What stands behind the screens

    def odoo(self, model, method, *args, **kwargs):
        """Calls a method as who is signed in."""
        body = {"jsonrpc": "2.0", "method": "call"}
        body["params"] = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        cookie = f"session_id={self.driver.get_cookie('session_id')['value']}"
        answer = self._http("POST", f"{self.given['url']}/web/dataset/call_kw", body, {"Cookie": cookie})
        if "error" in answer:
            raise TourFailure(f"{model}.{method}: {answer['error']['data']['message']}")
        return answer["result"]

    def sandbox(self, path):
        """The simulated providers' control: `/control/fault/…`, `/control/clear`."""
        return self._http("POST", self.given["sandbox"] + path)

    def code_from_mail(self, address):
        """The newest one-time code that was mailed to that address since this was asked last."""

        def look():
            log = Path(self.given["mail_log"])
            text = log.read_text(errors="replace") if log.exists() else ""
            fresh = text[getattr(self, "mail_read", 0) :]
            found = re.findall(r"(?<!\d)(\d{6})(?!\d)", fresh.partition(f"To: {address}")[2])
            if found:
                self.mail_read = len(text)
                return found[-1]
            return None

        return self.until(look, f"a code mailed to {address}")

    def clipboard(self):
        """The text that is on the clipboard."""
        grant = {"permissions": ["clipboardReadWrite"], "origin": self.given["url"]}
        self.driver.execute_cdp_cmd("Browser.grantPermissions", grant)
        return self.driver.execute_async_script(
            "const done = arguments[0]; navigator.clipboard.readText().then(done, (error) => done(`${error}`));"
        )

    def complaints(self):
        """What the browser's console has to say since it was asked last."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if not any(noise in entry["message"] for noise in NOISE)
        ]

    def quit(self):
        self.driver.quit()

    def _found(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def _visible(self, css, text=None):
        shown = []
        for element in self._found(css):
            try:
                if element.is_displayed() and (text is None or text in element.text):
                    shown.append(element)
            except StaleElementReferenceException:
                continue
        return shown

    def _forget_the_mouse(self):
        # What the mouse is over looks otherwise.
        webdriver.ActionChains(self.driver).move_by_offset(0, 0).perform()

    def _http(self, method, url, body=None, headers=None):
        data = json.dumps(body).encode() if body is not None else b""
        request = urllib.request.Request(url, data, method=method)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            request.add_header(name, value)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        content = opener.open(request, timeout=60).read()
        try:
            return json.loads(content)
        except ValueError:
            return content.decode(errors="replace")
