"""The endpoint of a customer, on loopback: notes every request and answers as it is told."""

import dataclasses
import http.server
import threading
import time

from waiting import until


@dataclasses.dataclass
class Request:
    path: str
    headers: dict
    body: bytes
    at: float


class Receiver:
    """Answers 200, on paths that begin with `/failing` 500."""

    def __init__(self):
        self.requests = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append(Request(self.path, headers, body, time.monotonic()))
                answer = b"thank you"
                self.send_response(500 if self.path.startswith("/failing") else 200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def on(self, path):
        return [request for request in self.requests if request.path == path]

    def wait_for(self, path, count=1):
        return until(f"{count} requests on {path}", lambda: self.on(path)[count - 1:] and self.on(path))

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
