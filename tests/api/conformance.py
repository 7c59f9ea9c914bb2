#!/usr/bin/env python3
"""Checks that the running API does what its OpenAPI documents promise.

Usage: conformance.py PATH-OF-LOCAL

Starts the local stack. For each profile, schemathesis makes up requests from the document that the API serves. No response may be a
5xx, have an undocumented status or differ from the documented schema, and what the document forbids must be rejected. The seed is
fixed. Webhooks' URLs are pointed at a receiver of this process (see hooks.py), so that nothing leaves the machine.
"""

import http.server
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
BASE_PATHS = {"awsys": "/api", "go2": "/api/v1", "standard": "/v1"}
PATIENCE_SECONDS = 60


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class KeepingReceiver(Receiver):
    """Keeps the headers and the body of each request."""

    arrived = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.arrived.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()


def start_receiver(handler=Receiver):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def start_stack(local, folder):
    ready = pathlib.Path(folder) / "ready.json"
    any_port = "127.0.0.1:0"
    stack = subprocess.Popen(
        [local, "--no-demo", "--ready-file", ready, "--api-addr", any_port, "--sqs-addr", any_port, "--dynamodb-addr", any_port],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "RUST_LOG": "error"},
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready.exists():
        if stack.poll() is not None or time.monotonic() > deadline:
            stop(stack)
            sys.exit(f"the local stack was not ready within {PATIENCE_SECONDS} s: run `{local}` to see why")
        time.sleep(0.1)
    return stack, json.loads(ready.read_text())


def stop(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def start_schemathesis(ready, receiver, profile, folder):
    url = ready["api"] + BASE_PATHS[profile]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "RECEIVER": receiver,
        "NO_COLOR": "1",
    }
    arguments = [
        sys.executable, "-m", "schemathesis.cli", "run", url + "/openapi.json", "--url", url,
        "--header", f"Authorization: Bearer {ready['keys'][profile]['key']}",
        "--checks", "all",
        # A schema cannot express which addresses are public, nor that an account already has a hundred webhooks.
        "--exclude-checks", "positive_data_acceptance",
        "--max-examples", "20", "--seed", "1", "--request-timeout", "30", "--max-failures", "10", "--warnings", "off",
        "--generation-database", "none",
    ]
    output = open(pathlib.Path(folder) / f"{profile}.log", "w+")
    return subprocess.Popen(arguments, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT), output


def main():
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        stack, ready = start_stack(sys.argv[1], folder)
        try:
            receiver = start_receiver()
            runs = {profile: start_schemathesis(ready, receiver, profile, folder) for profile in BASE_PATHS}
            for profile, (run, output) in runs.items():
                if run.wait() != 0:
                    failed.append(profile)
                    output.seek(0)
                    print(f"---- {profile}\n{output.read()}")
                else:
                    output.seek(0)
                    print(profile, *[line for line in output.read().splitlines() if "generated" in line])
        finally:
            stop(stack)
    sys.exit(f"the API differs from its document for: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
