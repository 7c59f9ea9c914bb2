"""The operators' pages, with the local stack in place of AWS: those of their blocks that name tests/api/examples.py."""

import json
import pathlib
import re
import sys
import tempfile
import textwrap
import time

from pages import ARRIVAL_SECONDS, AWS, OPERATIONS_PAGES, an_hour_ago, expect

# What the operators' pages call AWS by. Only SQS's URLs name their endpoint, and the AWS CLI needs it all the same.
OPERATORS_SHELL = """
out() { jq -r ".$1" outputs.json; }
aws() { local service=$1; shift; command aws --endpoint-url "$(jq -r ".$service" ready.json)" "$service" "$@"; }
"""


def marked_blocks_of(page):
    """The page's shell blocks that name this file."""
    found = re.findall(r"^ *```(?:bash|sh) runs: tests/api/examples\.py\n(.*?)^ *```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]


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
            ("<TableName>", ready["table"]), ("<ApiUrl>", ready["api"]),
            ("https://abc123.execute-api.eu-central-1.amazonaws.com", ready["api"]),
            ("pho_…", ready["operatorKey"]), ("wh_…", found.get("ID", "")), ("2026-11-22T20:00:00Z", an_hour_ago()),
        ):
            blocks = blocks.replace(placeholder, value)
        variables = {**AWS, "AWS_ENDPOINT_URL_DYNAMODB": ready["dynamodb"], "AWS_ENDPOINT_URL_SQS": ready["sqs"]}
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
