#!/usr/bin/env python3
"""Runs the examples of the README, the guides and docs/reference/api/*.md as they stand there.

Usage: examples.py PATH-OF-LOCAL

Every `bash` block of a page runs in one shell, and every `python` block in one namespace, against one local stack. A curl that does
not get 2xx fails. Each `amount` that a page publishes must arrive at the receiver, and the page's verification must accept what
arrived and reject it when it was changed. Blocks of other languages, `sh` included, are for the reader only.
"""

import json
import os
import pathlib
import queue
import re
import subprocess
import sys
import tempfile

from conformance import HERE, Receiver, start_receiver, start_stack, stop

ROOT = HERE.parent.parent
API_PAGES = sorted((ROOT / "docs/reference/api").glob("*.md"))
PUBLISHING_PAGES = [ROOT / "README.md", ROOT / "docs/guides/publish-events.md"]
OPERATORS_PAGE = ROOT / "docs/guides/sign-up-customers.md"
VERIFYING_PAGES = [ROOT / "README.md", ROOT / "docs/guides/receive-webhooks.md"]
ARRIVAL_SECONDS = 30

AWS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}


class KeepingReceiver(Receiver):
    """Keeps the headers and the body of each request."""

    arrived = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.arrived.put(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(204)
        self.end_headers()


def blocks_of(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def run_shell(page, folder, variables):
    script = "set -euo pipefail\n" + "\n".join(blocks_of(page, "bash"))
    # The AWS CLI is installed next to the interpreter that runs this.
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, **AWS, **variables, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    if ran.returncode != 0:
        sys.exit(f"{page.name}: an example failed\n{ran.stdout}\n{ran.stderr}")
    print(f"{page.name}: {script.count('curl ') + script.count('aws ')} commands succeeded")


def run_python(page, variables):
    namespace = dict(variables)
    for block in blocks_of(page, "python"):
        exec(compile(block, str(page), "exec"), namespace)
    return namespace


def amounts_of(page):
    """What the page's examples publish, by a number that each event has of its own."""
    text = "\n".join(blocks_of(page, "bash") + blocks_of(page, "python"))
    return {int(amount) for amount in re.findall(r'"amount": (\d+)', text)}


def wait_for(amounts, page):
    """The requests that brought these amounts, which may come in any order."""
    requests = {}
    while not amounts <= requests.keys():
        try:
            headers, body = KeepingReceiver.arrived.get(timeout=ARRIVAL_SECONDS)
        except queue.Empty:
            sys.exit(f"{page.name}: published and not received: {sorted(amounts - requests.keys())}")
        requests[json.loads(body)["data"].get("amount")] = headers, body
    return requests


def check_verification(page, secret, headers, body):
    namespace = run_python(page, {"secret": secret, "raw_body": body, "headers": headers})
    if namespace["event"] != json.loads(body):
        sys.exit(f"{page.name}: the verified event is not the one that was sent")
    try:
        run_python(page, {"secret": secret, "raw_body": body + b" ", "headers": headers})
    except Exception:  # The library raises several types.
        print(f"{page.name}: accepts the genuine request and rejects a changed one")
        return
    sys.exit(f"{page.name}: a changed request was accepted")


def run_readme_and_guides(ready, endpoint):
    variables = {
        "API": ready["api"], "KEY": ready["keys"]["standard"]["key"], "ENDPOINT": endpoint,
        "SQS": ready["sqs"], "QUEUE": ready["eventQueueUrl"],
    }
    os.environ.update(AWS)
    requests = {}
    with tempfile.TemporaryDirectory() as folder:
        for page in PUBLISHING_PAGES:
            run_shell(page, folder, variables)
            if page not in VERIFYING_PAGES:
                run_python(page, variables)
            requests |= wait_for(amounts_of(page), page)
        secret = json.loads((pathlib.Path(folder) / "webhook.json").read_text())["secret"]
    headers, body = next(request for amount, request in requests.items() if amount is not None)
    for page in VERIFYING_PAGES:
        check_verification(page, secret, headers, body)


def run_api_pages(ready, endpoint):
    for page in API_PAGES:
        with tempfile.TemporaryDirectory() as folder:
            run_shell(page, folder, {"API": ready["api"], "KEY": ready["keys"][page.stem]["key"], "ENDPOINT": endpoint})


def run_operators_page(ready):
    with tempfile.TemporaryDirectory() as folder:
        run_shell(OPERATORS_PAGE, folder, {"API": ready["api"], "OPERATOR_KEY": ready["operatorKey"]})


def main():
    if not API_PAGES:
        sys.exit("there are no pages to run")
    with tempfile.TemporaryDirectory() as folder:
        stack, ready = start_stack(pathlib.Path(sys.argv[1]), folder)
        try:
            run_readme_and_guides(ready, start_receiver(KeepingReceiver))
            run_api_pages(ready, start_receiver())
            run_operators_page(ready)
        finally:
            stop(stack)


if __name__ == "__main__":
    main()
