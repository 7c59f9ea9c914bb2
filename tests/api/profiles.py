#!/usr/bin/env python3
"""Checks that every profile's requests are what its file says.

Usage: profiles.py PATH-OF-LOCAL [PROFILE…]

For each profile of shared/domain/profiles, an operator makes an account, and each event type of the catalogue is sent as a test to a
receiver of this process. Its headers must be those of the file's templates, and both signatures must be right by Python's own HMAC.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import sys
import tempfile
import urllib.request

from conformance import HERE, KeepingReceiver, start_receiver, start_stack, stop

PROFILES = HERE.parent.parent / "shared/domain/profiles"
ARRIVAL_SECONDS = 30
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class ProfileFile:
    """What the requests of a profile depend on."""

    def __init__(self, path):
        self.text = re.sub(r"^#.*$", "", path.read_text(), flags=re.MULTILINE)
        self.name, self.base_path = self.value("name"), self.value("base_path")
        self.event_key = self.value("event_key")
        self.has_text_key = self.value("key") == "text"
        self.headers = dict(re.findall(r'^\[\[headers\]\]\s+name = "(.+?)"\s+value = "(.+?)"', self.text, re.MULTILINE))
        self.events = re.findall(r'^\[\[events\.catalogue\]\]\s+name = "(.+?)"', self.text, re.MULTILINE)

    def value(self, field):
        return re.search(rf'^{field} = "(.+?)"', self.text, re.MULTILINE)[1]


class Platform:
    """An account of the profile, used through the API by an operator."""

    def __init__(self, ready, profile):
        self.ready, self.profile, self.account = ready, profile, f"of-{profile.name}"
        self.call("PUT", f"/operator/v1/accounts/{self.account}", {"profile": profile.name}, acting=False)

    def call(self, method, path, body, acting=True):
        headers = {"authorization": f"Bearer {self.ready['operatorKey']}", "content-type": "application/json"}
        if acting:
            headers["posthorn-account"] = self.account
        request = urllib.request.Request(self.ready["api"] + path, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request) as response:
            answer = json.load(response)
        return answer.get("data", answer)

    def webhook(self, url):
        settings = {"name": "of the profile's test", "url": url, "events": [self.profile.events[0]]}
        return self.call("POST", f"{self.profile.base_path}/webhooks", settings)

    def test(self, webhook, event):
        return self.call("POST", f"{self.profile.base_path}/webhooks/{webhook['id']}/test", {"event": event})


def expected(template, values):
    """A header's value as a pattern."""
    parts = re.split(r"\{(\w+)\}", template)
    filled = [re.escape(part) if at % 2 == 0 else values[part] for at, part in enumerate(parts)]
    return re.compile("".join(filled))


def check(profile, webhook, event, sent, headers, body):
    """What is wrong with a request, in sentences."""
    secret = webhook["secret"]
    decoded = base64.b64decode(secret.removeprefix("whsec_"))
    own_key = secret.encode() if profile.has_text_key else decoded
    values = {
        "webhook_id": re.escape(webhook["id"]), "event_id": re.escape(sent["eventId"]), "event": re.escape(event),
        "delivery_id": re.escape(sent["deliveryId"]), "attempt_time": TIME.pattern,
        "body_hmac_hex": hmac.new(own_key, body, hashlib.sha256).hexdigest(),
    }
    for name, template in profile.headers.items():
        if not expected(template, values).fullmatch(headers.get(name, "")):
            yield f"{name} is {headers.get(name)!r}, and the file says {template!r}"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    signature = "v1," + base64.b64encode(hmac.new(decoded, signed, hashlib.sha256).digest()).decode()
    if headers["webhook-signature"] != signature:
        yield f"webhook-signature is {headers['webhook-signature']}, and {signature} is right"
    if json.loads(body).get(profile.event_key) != event:
        yield f"the body does not name the event in {profile.event_key!r}"


def problems_of(ready, profile, url):
    platform = Platform(ready, profile)
    webhook = platform.webhook(url)
    for event in profile.events:
        sent = platform.test(webhook, event)
        headers, body = KeepingReceiver.arrived.get(timeout=ARRIVAL_SECONDS)
        yield from (f"{profile.name}, {event}: {problem}" for problem in check(profile, webhook, event, sent, headers, body))


def main():
    local, *names = sys.argv[1:]
    profiles = [ProfileFile(path) for path in sorted(PROFILES.glob("*.toml"))]
    chosen = [profile for profile in profiles if not names or profile.name in names]
    if not chosen or len(chosen) < len(names):
        sys.exit(f"no such profile; there are {', '.join(profile.name for profile in profiles)}")
    with tempfile.TemporaryDirectory() as folder:
        stack, ready = start_stack(pathlib.Path(local), folder)
        try:
            url = start_receiver(KeepingReceiver)
            problems = [problem for profile in chosen for problem in problems_of(ready, profile, url)]
        finally:
            stop(stack)
    if problems:
        sys.exit("\n".join(problems))
    for profile in chosen:
        print(f"{profile.name}: {len(profile.events)} event types, {len(profile.headers)} headers of its own")


if __name__ == "__main__":
    main()
