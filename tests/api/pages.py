"""The documents whose examples run, and the local stack that they run against."""

import json
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import time
import urllib.request

from conformance import HERE, KeepingReceiver, start_receiver

ROOT = HERE.parent.parent
GUIDES = ROOT / "docs/guides"
QUICKSTART = ROOT / "docs/quickstart.md"
API_PAGES = sorted((ROOT / "docs/reference/api").glob("*.md"))
PUBLISHING_PAGES = [ROOT / "README.md", GUIDES / "publish-events.md"]
VERIFYING_PAGES = [ROOT / "README.md", GUIDES / "receive-webhooks.md"]
OPERATORS_PAGES = [GUIDES / "sign-up-customers.md", GUIDES / "portal.md", GUIDES / "migrate.md"]
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

AWS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}


def blocks_of(page, language):
    """The page's blocks of a language, those of list items included."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]


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
        # A page sets its own credentials and region, as its reader has to.
        environment = {**os.environ, **self.variables, **variables, "PATH": path}
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


def an_hour_ago():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
