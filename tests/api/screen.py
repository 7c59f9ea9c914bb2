"""The README's screen, compared with what a start of the local stack shows."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

from conformance import PATIENCE_SECONDS, stop
from pages import ROOT

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
