#!/usr/bin/env python3
"""Runs the examples of the README, the quickstart, the guides and docs/reference/api/*.md as they stand there.

Usage: examples.py PATH-OF-LOCAL

The `bash` blocks of a page run in one shell, and its `python` blocks in one namespace, against one local stack whose `ready.json` is
there too. A curl that does not get 2xx fails. Each `amount` that a page publishes must arrive at the receiver, and a page's
verification must accept what arrived and reject it when it was changed. The README's screen must be what a start shows.

Blocks of other languages, and those with words after the language, are not run here: tests/docs/test_snippets.py says what these mean.
"""

import json
import os
import pathlib
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request

from conformance import HERE, PATIENCE_SECONDS, KeepingReceiver, start_receiver, start_stack, stop

ROOT = HERE.parent.parent
GUIDES = ROOT / "docs/guides"
QUICKSTART = ROOT / "docs/quickstart.md"
API_PAGES = sorted((ROOT / "docs/reference/api").glob("*.md"))
PUBLISHING_PAGES = [ROOT / "README.md", GUIDES / "publish-events.md"]
VERIFYING_PAGES = [ROOT / "README.md", GUIDES / "receive-webhooks.md"]
OPERATORS_PAGES = [GUIDES / "sign-up-customers.md", GUIDES / "migrate.md"]
# Each needs a webhook, and what its commands must print.
CUSTOMERS_PAGES = {
    GUIDES / "rotate-a-secret.md": ["signatures: 2", "signatures: 1"],
    GUIDES / "set-up-webhooks.md": ['{"matches":false}'],
}
RECOVERY_PAGE = GUIDES / "recover.md"
# Those of their blocks that name this file run, in this order.
OPERATIONS_PAGES = [
    ROOT / "docs/operations/deploy.md", ROOT / "docs/reference/cli.md", ROOT / "docs/operations/runbook.md",
    ROOT / "docs/operations/redrive.md",
]
ORDER_PAGE = GUIDES / "order-and-duplicates.md"
PAGES = [QUICKSTART, *API_PAGES, *PUBLISHING_PAGES, *VERIFYING_PAGES, *OPERATORS_PAGES, *CUSTOMERS_PAGES, RECOVERY_PAGE, ORDER_PAGE]
ARRIVAL_SECONDS = 30
# Of the recovery page, which sends 50 a second.
SKIPPED = 200

AWS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}


def blocks_of(page, language):
    """The page's blocks of a language, those of list items included."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]


def marked_blocks_of(page):
    """The page's shell blocks that name this file."""
    found = re.findall(r"^ *```(?:bash|sh) runs: tests/api/examples\.py\n(.*?)^ *```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]


# What the operators' pages call AWS by. Only SQS's URLs name their endpoint, and the AWS CLI needs it all the same.
OPERATORS_SHELL = """
out() { jq -r ".$1" outputs.json; }
aws() { local service=$1; shift; command aws --endpoint-url "$(jq -r ".$service" ready.json)" "$service" "$@"; }
"""


class Stack:
    """The running stack, and what a reader of the pages has around it."""

    def __init__(self, ready, programs):
        self.ready, self.programs = ready, programs
        self.endpoint = start_receiver(KeepingReceiver)
        self.variables = {
            "API": ready["api"], "KEY": ready["keys"]["standard"]["key"], "OPERATOR_KEY": ready["operatorKey"],
            "ENDPOINT": self.endpoint, "SQS": ready["sqs"], "QUEUE": ready["eventQueueUrl"],
        }

    def run(self, page, folder, variables=None, replace=()):
        """What the commands of a page print."""
        script = "\n".join(blocks_of(page, "bash"))
        for old, new in replace:
            if old not in script:
                sys.exit(f"{page.name} does not have {old!r} any more")
            script = script.replace(old, new)
        return self.run_script(page, script, folder, variables or {})

    def run_script(self, page, script, folder, variables):
        script = "set -euo pipefail\n" + script
        (pathlib.Path(folder) / "ready.json").write_text(json.dumps(self.ready))
        # The AWS CLI is installed next to the interpreter that runs this.
        path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), str(self.programs), os.environ["PATH"]])
        environment = {**os.environ, **AWS, **self.variables, **variables, "PATH": path}
        ran = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
        )
        if ran.returncode != 0:
            sys.exit(f"{page.name}: an example failed\n{ran.stdout}\n{ran.stderr}")
        commands = re.findall(r"(?<![-./\w])(?:curl|aws|posthorn) ", script)
        print(f"{page.name}: {len(commands)} commands succeeded")
        return ran.stdout

    def call(self, method, path, body=None, account=None):
        """The API as an operator calls it, for an account if one is named."""
        headers = {"authorization": f"Bearer {self.ready['operatorKey']}", "content-type": "application/json"}
        if account:
            headers["posthorn-account"] = account
        content = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.ready["api"] + path, content, headers, method=method)) as response:
            return json.load(response)

    def delivered(self, account):
        """A new webhook of the account and an event that it got."""
        webhook = self.call("POST", "/v1/webhooks", {"url": self.endpoint, "events": ["customer.*"]}, account)
        (event,) = self.call("POST", "/v1/events", {"event": "customer.created", "data": {}}, account)["ids"]
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while time.monotonic() < deadline:
            for delivery in self.call("GET", f"/v1/webhooks/{webhook['id']}/deliveries", account=account)["data"]:
                if delivery["status"] == "delivered":
                    return {"ID": webhook["id"], "EVENT": event, "DELIVERY": delivery["id"]}
            time.sleep(0.1)
        sys.exit(f"the event {event} was not delivered")


def expect(page, printed, texts):
    """Fails unless the texts were printed, in this order."""
    rest = printed
    for text in texts:
        if text not in rest:
            sys.exit(f"{page.name}: the commands did not print {text!r}, but:\n{printed}")
        rest = rest.split(text, 1)[1]


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


def run_quickstart(stack):
    """Its server is a process of its own, and it finds tests/snippets as in a clone."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "tests").symlink_to(ROOT / "tests")
        printed = stack.run(QUICKSTART, folder, replace=[("9000", str(free_port()))])
    expect(QUICKSTART, printed, [
        '"secret":"whsec_', "genuine: dlv_", '"amount":1999', "forged: None", "the server responded 401", '"status": "delivered"',
        '"status": "retrying"', "connection refused",
    ])


def run_publishing_and_verifying_pages(stack):
    os.environ.update(AWS)
    requests = {}
    with tempfile.TemporaryDirectory() as folder:
        for page in PUBLISHING_PAGES:
            stack.run(page, folder)
            if page not in VERIFYING_PAGES:
                run_python(page, stack.variables)
            requests |= wait_for(amounts_of(page), page)
        secret = json.loads((pathlib.Path(folder) / "webhook.json").read_text())["secret"]
    headers, body = next(request for amount, request in requests.items() if amount is not None)
    for page in VERIFYING_PAGES:
        check_verification(page, secret, headers, body)
    check_php_endpoint(GUIDES / "receive-webhooks.md", secret, headers, body)


def run_api_pages(stack):
    for page in API_PAGES:
        with tempfile.TemporaryDirectory() as folder:
            stack.run(page, folder, {"KEY": stack.ready["keys"][page.stem]["key"]})


def run_operators_pages(stack):
    for page in OPERATORS_PAGES:
        endpoints = [("https://hooks.initech.example/in", stack.endpoint)] if page.stem == "migrate" else []
        with tempfile.TemporaryDirectory() as folder:
            stack.run(page, folder, replace=endpoints)


def run_customers_pages(stack):
    for page, texts in CUSTOMERS_PAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            expect(page, stack.run(page, folder, stack.delivered("standard-demo")), texts)


def an_hour_ago():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))


def skip(stack, webhook_id, account):
    """Disables the webhook while events come: so many that a recovery of them is under way for a while."""
    stack.call("PATCH", f"/v1/webhooks/{webhook_id}", {"isActive": False}, account)
    hundred = {"events": [{"event": "customer.created", "data": {}}] * 100}
    for _ in range(SKIPPED // 100):
        stack.call("POST", "/v1/events", hundred, account)
    deadline = time.monotonic() + ARRIVAL_SECONDS
    estimate = {"since": an_hour_ago(), "include": ["skipped"], "dryRun": True}
    while time.monotonic() < deadline:
        counted = stack.call("POST", f"/v1/webhooks/{webhook_id}/recoveries", estimate, account)
        if counted["counts"]["skipped"] == SKIPPED:
            return
        time.sleep(0.2)
    sys.exit(f"not all of {SKIPPED} events were skipped")


def run_recovery_page(stack):
    variables = {**stack.delivered("standard-demo"), "SINCE": an_hour_ago()}
    skip(stack, variables["ID"], "standard-demo")
    with tempfile.TemporaryDirectory() as folder:
        printed = stack.run(RECOVERY_PAGE, folder, variables, replace=[("curl ", "curl --fail-with-body ")])
    expect(RECOVERY_PAGE, printed, [f'"skipped":{SKIPPED}', '"complete":true', '"status":"waiting"', '"status":"paused"', '"status":"cancelled"'])


def outputs_of(ready):
    """The stack's outputs, as the template names them."""
    queues = {f"{name.capitalize()}QueueUrl": ready[f"{name}QueueUrl"] for name in ("event", "delivery", "slow", "retry", "rejected")}
    return {**queues, "TableName": ready["table"], "ApiUrl": ready["api"]}


def run_operations_pages(stack):
    """The operators' pages, with the local stack in place of AWS. deploy.md makes the account that the others name."""
    ready, found = stack.ready, {}
    for page in OPERATIONS_PAGES:
        if page.stem == "runbook":
            found = stack.delivered("acme")
            asked = {"since": an_hour_ago(), "include": ["delivered"], "rate": 1}
            recovery = stack.call("POST", f"/v1/webhooks/{found['ID']}/recoveries", asked, "acme")["id"]
            # It is over in a moment otherwise.
            stack.call("POST", f"/v1/webhooks/{found['ID']}/recoveries/{recovery}/pause", {}, "acme")
        blocks = "\n".join(marked_blocks_of(page)).replace("curl ", "curl --fail-with-body ")
        for placeholder, value in (
            ("<TableName>", ready["table"]), ("<ApiUrl>", ready["api"]), ("https://abc123.execute-api.eu-central-1.amazonaws.com", ready["api"]),
            ("pho_…", ready["operatorKey"]), ("wh_…", found.get("ID", "")), ("2026-11-22T20:00:00Z", an_hour_ago()),
        ):
            blocks = blocks.replace(placeholder, value)
        variables = {"AWS_ENDPOINT_URL_DYNAMODB": ready["dynamodb"], "AWS_ENDPOINT_URL_SQS": ready["sqs"]}
        if page.stem in ("runbook", "redrive"):
            variables |= {"POSTHORN_URL": ready["api"], "POSTHORN_KEY": ready["operatorKey"], "ACCOUNT": "acme"}
        if found:
            variables |= {"WEBHOOK": found["ID"], "RECOVERY": recovery}
        if page.stem == "redrive":
            strand(stack)
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "outputs.json").write_text(json.dumps(outputs_of(ready)))
            printed = stack.run_script(page, OPERATORS_SHELL + blocks, folder, variables)
        expect(page, printed, printed_by(page, found, recovery if found else None))


def printed_by(page, found, recovery):
    """What an operator sees, in this order."""
    return {
        "deploy": ["pho_", "acme", "phk_"],
        "cli": ["acme"],
        "runbook": [f"acme {found.get('ID')} {recovery}", '"status":"cancelled"', '"rec_', '"requestsPerSecond": 200'],
        "redrive": ["moved", "UNKNOWN_ACCOUNT: "],
    }[page.stem]


def strand(stack):
    """Leaves a message in a dead-letter queue, and one among the rejected events."""
    import boto3  # Only here: profiles.py and the tests of the documents read this file without it.

    sqs = boto3.client("sqs", endpoint_url=stack.ready["sqs"], region_name="us-east-1")
    event = {"account": "acme", "event": "customer.created", "data": {}}
    sqs.send_message(QueueUrl=stack.ready["dlqUrls"]["event"], MessageBody=json.dumps(event))
    sqs.send_message(QueueUrl=stack.ready["eventQueueUrl"], MessageBody=json.dumps({**event, "account": "nobody"}))
    deadline = time.monotonic() + ARRIVAL_SECONDS
    name = "ApproximateNumberOfMessages"
    while time.monotonic() < deadline:
        counted = sqs.get_queue_attributes(QueueUrl=stack.ready["rejectedQueueUrl"], AttributeNames=[name])
        if counted["Attributes"][name] != "0":
            return
        time.sleep(0.1)
    sys.exit("the bad event was not rejected")


def run_order_page():
    """Its functions do once what comes twice, and keep the newest."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            page = run_python(ORDER_PAGE, {})
            done = []
            handled = [page["handle_once"](webhook_id, lambda: done.append(1)) for webhook_id in ("dlv_1", "dlv_1", "dlv_2")]
            page["db"].close()
        finally:
            os.chdir(before)
    for version in (2, 3, 1):
        page["apply_newest"]({"invoice": "inv-1", "version": version})
    if (handled, len(done), page["latest"]["inv-1"]["version"]) != ([True, False, True], 2, 3):
        sys.exit(f"{ORDER_PAGE.name}: handled {handled}, did {len(done)}, kept {page['latest']}")
    print(f"{ORDER_PAGE.name}: handles a repetition once and keeps the newest")


def plain(screen):
    """A screen without what differs from start to start: ids, times, ports, signatures, digits of time spent, and white space."""
    for pattern, word in (
        (r"(dlv|evt|wh)_[0-9a-f]+", "ID"), (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "ID"), (r"127\.0\.0\.1:\d+", "HOST"),
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"), (r"webhook-timestamp: \d+", "webhook-timestamp: TIME"),
        (r"v1,[A-Za-z0-9+/]+=", "SIGNATURE"), (r'"responseTimeMs": \d+', '"responseTimeMs": MS'), (r"Posthorn/[\d.]+", "Posthorn/VERSION"),
    ):
        screen = re.sub(pattern, word, screen)
    return re.sub(r"\s+", "", with_sorted_objects(screen))


def with_sorted_objects(text):
    """JSON within a text with its fields in order: which order it is shown in depends on what else is built."""
    parts, at = [], 0
    while (begin := text.find("{", at)) >= 0:
        parts.append(text[at:begin])
        try:
            value, at = json.JSONDecoder().raw_decode(text, begin)
            parts.append(json.dumps(value, sort_keys=True))
        except json.JSONDecodeError:
            parts.append("{")
            at = begin + 1
    return "".join(parts) + text[at:]


def check_screen(local):
    """The README's screen is a part of what a start shows."""
    (screen,) = re.findall(r"^```\n(=== .*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    any_port = "127.0.0.1:0"
    with tempfile.TemporaryFile("w+") as shown:
        started = subprocess.Popen(
            [local, "--api-addr", any_port, "--sqs-addr", any_port, "--dynamodb-addr", any_port],
            stdout=subprocess.DEVNULL, stderr=shown, env={**os.environ, "RUST_LOG": "error"},
        )
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            text = ""
            while plain(screen) not in plain(text):
                if started.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"README.md: the screen is not what a start shows:\n{text}")
                time.sleep(0.2)
                shown.seek(0)
                # The audit trail's lines come between the others.
                text = "".join(line for line in shown if " INFO " not in line)
        finally:
            stop(started)
    print("README.md: the screen is what a start shows")


def main():
    if not API_PAGES:
        sys.exit("there are no pages to run")
    local = pathlib.Path(sys.argv[1]).resolve()
    check_screen(local)
    run_order_page()
    with tempfile.TemporaryDirectory() as folder:
        process, ready = start_stack(local, folder)
        try:
            stack = Stack(ready, local.parent)
            run_publishing_and_verifying_pages(stack)
            run_quickstart(stack)
            run_api_pages(stack)
            run_operations_pages(stack)
            run_operators_pages(stack)
            run_customers_pages(stack)
            run_recovery_page(stack)
        finally:
            stop(process)


if __name__ == "__main__":
    main()
