#!/usr/bin/env python3
"""Runs the examples of the README, the quickstart, the guides and docs/reference/api/*.md as they stand there.

Usage: examples.py PATH-OF-LOCAL (with `posthorn` next to it)

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
import sys
import tempfile
import time

from cli_page import check_cli_page
from conformance import KeepingReceiver, start_stack, stop
from operations import run_operations_pages
from pages import (
    API_PAGES, ARRIVAL_SECONDS, AWS, CUSTOMERS_PAGES, GUIDES, OPERATORS_PAGES, ORDER_PAGE, PUBLISHING_PAGES, QUICKSTART,
    RECOVERY_PAGE, ROOT, VERIFYING_PAGES, Stack, an_hour_ago, blocks_of, expect, run_python,
)
from php_endpoint import check_php_endpoint, free_port
from screen import check_screen

# Of the recovery page, which sends 50 a second.
SKIPPED = 200


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
    # The account of the page about sign-up is deleted at that page's end.
    replaced = {
        "migrate": [("https://hooks.initech.example/in", stack.endpoint)],
        "portal": [("accounts/acme/", "accounts/standard-demo/")],
    }
    for page in OPERATORS_PAGES:
        with tempfile.TemporaryDirectory() as folder:
            stack.run(page, folder, replace=replaced.get(page.stem, []))


def run_customers_pages(stack):
    for page, texts in CUSTOMERS_PAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            expect(page, stack.run(page, folder, stack.delivered("standard-demo")), texts)


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


def run_order_page():
    """Its functions do once what comes twice, and keep the newest."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            page = run_python(ORDER_PAGE, {})
            done = []
            ids = ("dlv_1", "dlv_1", "dlv_2")
            handled = [page["handle_once"](webhook_id, lambda: done.append(1)) for webhook_id in ids]
            page["db"].close()
        finally:
            os.chdir(before)
    for version in (2, 3, 1):
        page["apply_newest"]({"invoice": "inv-1", "version": version})
    if (handled, len(done), page["latest"]["inv-1"]["version"]) != ([True, False, True], 2, 3):
        sys.exit(f"{ORDER_PAGE.name}: handled {handled}, did {len(done)}, kept {page['latest']}")
    print(f"{ORDER_PAGE.name}: handles a repetition once and keeps the newest")


def main():
    if not API_PAGES:
        sys.exit("there are no pages to run")
    local = pathlib.Path(sys.argv[1]).resolve()
    check_cli_page(local)
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
