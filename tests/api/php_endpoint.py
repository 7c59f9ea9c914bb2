"""The whole endpoint in PHP of a page, run where PHP is installed."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from conformance import PATIENCE_SECONDS, stop

def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def status_of(url, headers, body):
    headers = {name: value for name, value in headers.items() if name not in ("host", "content-length")}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def check_php_endpoint(page, secret, headers, body):
    """The page's whole endpoint in PHP, where PHP is installed."""
    php = shutil.which("php")
    if php is None:
        print(f"{page.name}: PHP is not installed, so its endpoint did not run")
        return
    text = page.read_text()
    (verify,) = re.findall(r"^```php copied from: \S+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (endpoint,) = re.findall(r"^```php runs: \S+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "verify.php").write_text(verify)
        (pathlib.Path(folder) / "endpoint.php").write_text(endpoint)
        address = f"127.0.0.1:{free_port()}"
        environment = {**os.environ, "WEBHOOK_SECRET": secret}
        with open(pathlib.Path(folder) / "log", "w") as log:
            server = subprocess.Popen([php, "-S", address, "endpoint.php"], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            wait_until_it_listens(address)
            statuses = [status_of(f"http://{address}/", headers, sent) for sent in (body, body + b" ")]
        finally:
            stop(server)
    if statuses != [204, 401]:
        sys.exit(f"{page.name}: the endpoint in PHP responded with {statuses} to a genuine and a changed request")
    print(f"{page.name}: the endpoint in PHP accepts the genuine request and rejects a changed one")


def wait_until_it_listens(address):
    host, port = address.split(":")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens at {address}")
