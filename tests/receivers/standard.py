"""A receiver that trusts nothing but the official Standard Webhooks library for Python.

It reports to the test in the same format as the receivers in JavaScript; see observe.js.
WEBHOOK_SECRET_FORMAT=raw takes the secret's bytes as the key instead of decoding `whsec_` + base64.
"""

import base64
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

reporting = threading.Lock()


def report(line):
    with reporting:
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()


def verify(body, headers):
    secret = os.environ["WEBHOOK_SECRET"]
    raw = os.environ.get("WEBHOOK_SECRET_FORMAT") == "raw"
    Webhook(secret.encode() if raw else secret).verify(body, headers)


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            verify(body, headers)
            status, text = 200, b"OK"
        except Exception as error:  # The library raises several types; each of them rejects the request.
            print(f"rejected: {error}", file=sys.stderr)
            status, text = 401, b"Invalid signature"
        try:
            self.respond(status, text)
        except OSError:
            status = None
            self.close_connection = True
        report({"status": status, "headers": headers, "bodyBase64": base64.b64encode(body).decode()})

    def respond(self, status, text):
        self.send_response(status)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


def read_secrets():
    for line in sys.stdin:
        os.environ["WEBHOOK_SECRET"] = json.loads(line)["secret"]
        report({"secretSet": True})
    os._exit(0)


if __name__ == "__main__":
    if "--stdin" in sys.argv:
        threading.Thread(target=read_secrets, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 0))), Receiver)
    report({"ready": server.server_address[1]})
    server.serve_forever()
