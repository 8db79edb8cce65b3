"""A door before Odoo that keeps what goes through: the calls of one import, as the bridge made them."""

import http.client
import http.server
import json
import threading
from urllib.parse import urlsplit

SKIPPED = {"host", "connection", "content-length", "transfer-encoding"}


class Recorder:
    """While open, `url` leads to Odoo, and `calls` grows by [method, arguments] of the addon."""

    def __init__(self, odoo):
        self.calls = []
        recorder, target = self, urlsplit(odoo)

        class Door(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                method = self.path.rpartition("/")[2]
                if method.startswith("bridge_"):
                    arguments = json.loads(body)
                    arguments.pop("context", None)
                    recorder.calls.append([method, arguments])
                odoo = http.client.HTTPConnection(target.hostname, target.port, timeout=600)
                kept = {name: value for name, value in self.headers.items() if name.lower() not in SKIPPED}
                odoo.request(self.command, self.path, body, kept)
                answer = odoo.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in SKIPPED:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                odoo.close()

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
