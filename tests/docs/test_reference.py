#!/usr/bin/env python3
"""The reference pages name what the code has: codes, metrics, settings, headers, types of events, and the tests of SECURITY.md.

`UPDATE_SETTINGS=1 test_reference.py` writes the parameters of docs/reference/settings.md again from template.yaml.
"""

import json
import os
import re
import unittest

import settings
from test_links import ROOT

REFERENCE = ROOT / "docs/reference"
STATUSES = {
    "BAD_REQUEST": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "METHOD_NOT_ALLOWED": 405, "CONFLICT": 409,
    "GONE": 410, "PAYLOAD_TOO_LARGE": 413, "UNSUPPORTED_MEDIA_TYPE": 415, "TOO_MANY_REQUESTS": 429, "SERVICE_UNAVAILABLE": 503,
}


def source(path):
    return (ROOT / path).read_text()


def section(page, heading):
    """The part of a page below a heading, up to the next one of the same level."""
    level = heading.split(" ")[0]
    text = page.read_text().split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^{level} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def rows_of(text):
    """The cells of a text's table rows, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not set(line) <= set("|- ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def code_words(cell):
    return set(re.findall(r"`([^`]+)`", cell))


class Errors(unittest.TestCase):
    page = REFERENCE / "errors.md"

    def test_every_code_of_the_api_is_on_the_page_with_its_status(self):
        pairs = re.findall(r'StatusCode::(\w+),\s*"([A-Z_]+)"', source("functions/api/src/error.rs"))
        expected = {(STATUSES[status], code) for status, code in pairs}
        self.assertGreater(len(expected), 30)
        rows = rows_of(section(self.page, "## Error codes"))
        found = {(int(row[0]), code) for row in rows if row[0].isdigit() for code in code_words(row[1])}
        self.assertEqual(sorted(found), sorted(expected))

    def test_every_code_of_a_rejected_event_is_on_the_page(self):
        in_domain = re.findall(r'=> "([A-Z_]+)"', source("shared/domain/src/event/rejection.rs"))
        functions = source("functions/intake/src/send.rs") + source("functions/delivery/src/lane/message.rs")
        in_functions = re.findall(r'format!\("([A-Z_]+): ', functions)
        self.assertEqual(len(in_functions), 2)
        found = set().union(*(code_words(row[0]) for row in rows_of(section(self.page, "## Rejected events"))))
        self.assertEqual(sorted(found), sorted({*in_domain, *in_functions}))

    def test_every_class_of_a_failed_attempt_is_on_the_page(self):
        classes = re.search(r"pub enum ErrorClass \{(.*?)\}", source("shared/domain/src/attempt/mod.rs"), re.DOTALL)[1]
        expected = {name.lower() for name in re.findall(r"\b([A-Z]\w+),", classes)}
        found = set().union(*(code_words(row[0]) for row in rows_of(section(self.page, "## Why an attempt failed"))))
        self.assertEqual(found - {"errorClass"}, expected)

    def test_every_reason_of_an_ended_delivery_is_on_the_page(self):
        stopped = re.search(r"pub enum Stopped \{(.*?)\n\}", source("shared/domain/src/delivery/admission.rs"), re.DOTALL)[1]
        reasons = re.findall(r'#\[error\("(.+?)"\)\]', stopped)
        self.assertGreater(len(reasons), 3)
        ended = section(self.page, "## Why a delivery ended")
        self.assertEqual([reason for reason in reasons if f"`{reason}`" not in ended], [])

    def test_the_operators_page_has_no_code_that_the_page_lacks(self):
        known = set(re.findall(r"`([A-Z_]{4,})`", self.page.read_text()))
        named = set(re.findall(r"^\| \d+ \| (`.+?`) \|", (REFERENCE / "operator-api.md").read_text(), re.MULTILINE))
        self.assertTrue(named)
        self.assertEqual(set().union(*map(code_words, named)) - known, set())


class Endpoints(unittest.TestCase):
    def test_every_endpoint_of_the_openapi_documents_is_on_its_page(self):
        for document, page, prefix in (("standard", "api.md", ""), ("operator", "operator-api.md", "/operator/v1")):
            paths = json.loads(source(f"docs/reference/openapi/{document}.json"))["paths"]
            named = {re.sub(r"{(.+?)}", r":\1", path): methods for path, methods in paths.items()}
            expected = {f"{method.upper()} {prefix}{path}" for path, methods in named.items() for method in methods}
            rows = rows_of(section(REFERENCE / page, "## Endpoints"))[1:]
            found = {word.split("?")[0] for row in rows for word in code_words(row[0])}
            self.assertEqual(found, expected, page)


class Metrics(unittest.TestCase):
    page = REFERENCE / "metrics.md"

    def test_every_metric_is_on_the_page_with_its_unit(self):
        code = source("shared/src/metrics/pending.rs")
        count, measure = re.search(r"impl Count \{(.*?)\n\}.*?impl Measure \{(.*?)\n\}", code, re.DOTALL).groups()
        names, units = measure.split("fn unit")
        arms = re.findall(r'(Self::.+?) => "(\w+)"', units)
        unit_of = {name: unit for variants, unit in arms for name in re.findall(r"Self::(\w+)", variants)}
        times = {(name, unit_of[variant]) for variant, name in re.findall(r'Self::(\w+) => "(\w+)"', names)}
        self.assertEqual({(row[0].strip("`"), row[1]) for row in rows_of(section(self.page, "## Times"))[1:]}, times)
        counts = set(re.findall(r'=> "(\w+)"', count)) | self.of_the_access_log()
        self.assertEqual({row[0].strip("`") for row in rows_of(section(self.page, "## Counters"))[1:]}, counts)

    def of_the_access_log(self):
        return set(re.findall(r"MetricName: (\w+)\n\s+MetricValue", source("template.yaml"))) or {"ThrottledRequests"}

    def test_every_alarm_that_the_page_names_exists(self):
        named = set(re.findall(r"`(\w+Alarm)`", self.page.read_text()))
        self.assertTrue(named)
        self.assertEqual({name for name in named if f"\n  {name}:\n" not in source("template.yaml")}, set())


class Settings(unittest.TestCase):
    def test_the_parameters_are_those_of_the_template(self):
        if os.environ.get("UPDATE_SETTINGS"):
            settings.update()
        _, between, _ = settings.page_parts()
        advice = "run UPDATE_SETTINGS=1 tests/.deps/venv/bin/python tests/docs/test_reference.py"
        self.assertEqual(between.strip(), settings.parameters_section().strip(), advice)

    def test_the_variables_are_those_that_the_code_reads(self):
        code = source("shared/src/config.rs").split("#[cfg(test)]")[0] + source("shared/src/logging.rs")
        read = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', code))
        self.assertIn("TABLE_NAME", read)
        rows = rows_of(section(settings.PAGE, "## Environment variables"))[1:]
        self.assertEqual(set().union(*(code_words(row[0]) for row in rows)), read)


class Headers(unittest.TestCase):
    page = REFERENCE / "headers.md"

    def headers_of(self, heading):
        return set().union(*(code_words(row[0]) for row in rows_of(section(self.page, heading))[1:]))

    def test_every_header_of_every_request_is_on_the_page(self):
        written = re.findall(r'\("([a-z-]+)"\.to_owned\(\)', source("shared/domain/src/attempt/request.rs").split("#[cfg(test)]")[0])
        wired = re.findall(r'"([a-z-]+): ', source("shared/src/net/request.rs").split("#[cfg(test)]")[0])
        self.assertEqual(self.headers_of("## Headers of every request"), {*written, *wired})

    def test_every_header_of_a_profile_is_on_the_page(self):
        expected = set()
        for path in (ROOT / "shared/domain/profiles").glob("*.toml"):
            expected |= {(path.stem, name) for name in re.findall(r'^\[\[headers\]\]\nname = "(.+)"', path.read_text(), re.MULTILINE)}
        rows = rows_of(section(self.page, "## Headers of a profile"))[1:]
        found = {(row[1].strip("`"), row[0].strip("`")) for row in rows}
        self.assertEqual(found, {pair for pair in expected if pair[0] in ("awsys", "go2", "standard")})


class Events(unittest.TestCase):
    def test_every_operational_event_is_on_the_page(self):
        written = source("shared/domain/src/operations/mod.rs") + source("shared/domain/src/operations/webhook.rs")
        types = set(re.findall(r'"(posthorn\.[a-z]+\.[a-z]+)"', written))
        page = (REFERENCE / "operational-events.md").read_text()
        found = set(re.findall(r"^### `(posthorn\.[a-z.]+)`", page, re.MULTILINE))
        self.assertGreater(len(types), 8)
        self.assertEqual(found, types)

    def test_every_action_of_the_audit_trail_is_in_the_runbook(self):
        actions = set(re.findall(r'=> "([a-z]+\.[a-z]+)"', source("functions/api/src/audit.rs")))
        self.assertGreater(len(actions), 10)
        runbook = source("docs/operations/runbook.md")
        self.assertEqual({action for action in actions if f"`{action}`" not in runbook}, set())


# Beginning of a row of limits.md; the file and the constant whose value the row has to show.
LIMITS = [
    ("nesting of `data`", "shared/domain/src/json/mod.rs", "DEPTH_LIMIT"),
    ("`POST /events`", "functions/api/src/actions/events.rs", "MAX_EVENTS"),
    ("`Idempotency-Key`", "functions/api/src/request/publication.rs", "MAX_IDEMPOTENCY_KEY"),
    ("webhooks of an account", "shared/domain/src/webhook/settings.rs", "MAX_PER_ACCOUNT"),
    ("event names of a webhook", "shared/domain/src/webhook/settings.rs", "MAX_PATTERNS"),
    ("event names of a webhook", "shared/domain/src/webhook/settings.rs", "MAX_PATTERN_BYTES"),
    ("`filter` of a webhook", "shared/domain/src/event/filter/limits.rs", "MAX_FILTER_BYTES"),
    ("`filter` of a webhook", "shared/domain/src/event/filter/limits.rs", "MAX_FILTER_LEVELS"),
    ("`filter` of a webhook", "shared/domain/src/event/filter/limits.rs", "MAX_FILTER_LEAVES"),
    ("`filter` of a webhook", "shared/domain/src/event/filter/limits.rs", "MAX_FILTER_WAYS"),
    ("`headers` of a webhook", "shared/domain/src/attempt/custom.rs", "MAX_HEADERS"),
    ("`headers` of a webhook", "shared/domain/src/attempt/custom.rs", "MAX_NAME"),
    ("`headers` of a webhook", "shared/domain/src/attempt/custom.rs", "MAX_VALUE"),
    ("`metadata` of a webhook", "shared/domain/src/webhook/metadata.rs", "MAX_ENTRIES"),
    ("`metadata` of a webhook", "shared/domain/src/webhook/metadata.rs", "MAX_KEY"),
    ("`metadata` of a webhook", "shared/domain/src/webhook/metadata.rs", "MAX_VALUE"),
    ("`retryDelaysSeconds` of a webhook", "shared/domain/src/attempt/timing.rs", "MAX_DELAYS"),
    ("`retryDelaysSeconds` of a webhook", "shared/domain/src/attempt/timing.rs", "MAX_DELAY_SECONDS"),
    ("`retryDelaysSeconds` of a webhook", "shared/domain/src/attempt/timing.rs", "MAX_SCHEDULE_SECONDS"),
    ("`timeoutSeconds` of a webhook", "shared/domain/src/attempt/timing.rs", "MAX_TIMEOUT_SECONDS"),
    ("`name`, `url`, event name", "shared/domain/src/webhook/settings.rs", "MAX_NAME"),
    ("`name`, `url`, event name", "shared/domain/src/target/mod.rs", "MAX_URL"),
    ("`name`, `url`, event name", "shared/domain/src/event/pattern.rs", "MAX_EVENT_TYPE"),
    ("a customer's own secret", "shared/domain/src/signing/secret.rs", "MIN_TEXT"),
    ("a customer's own secret", "shared/domain/src/signing/secret.rs", "MAX_TEXT"),
    ("previous secrets that sign", "shared/domain/src/signing/mod.rs", "MAX_PREVIOUS_SECRETS"),
    ("time to connect", "shared/src/net/connection.rs", "CONNECT_TIMEOUT"),
    ("response kept in the log", "shared/domain/src/attempt/excerpt.rs", "MAX_EXCERPT"),
    ("response headers kept", "shared/domain/src/attempt/kept.rs", "MAX_KEPT_HEADERS"),
    ("attempts kept of a delivery", "shared/domain/src/delivery/transition.rs", "MAX_ATTEMPTS"),
    ("attempts kept of a delivery", "shared/domain/src/delivery/transition.rs", "MAX_RESPONSES"),
    ("a page of deliveries", "functions/api/src/request/query.rs", "MAX_LIMIT"),
    ("event types in a parameter", "functions/api/src/request/query.rs", "MAX_NAMES"),
    ("an event's delay until", "shared/domain/src/delivery/recovery/mod.rs", "MISSING_AFTER"),
    ("a recovery's rate", "shared/domain/src/delivery/recovery/mod.rs", "MAX_RATE"),
    ("a recovery's rate", "shared/domain/src/delivery/recovery/mod.rs", "DEFAULT_RATE"),
    ("life of a key", "functions/api/src/request/account.rs", "MAX_KEY_SECONDS"),
    ("deliveries in flight in the retry lane", "shared/domain/src/delivery/pressure.rs", "MAX_IN_FLIGHT"),
    ("events, the event log and deliveries kept", "shared/src/config.rs", "DEFAULT_RETENTION_DAYS"),
    ("events, the event log and deliveries kept", "shared/src/config.rs", "MIN_RETENTION_DAYS"),
]


class Limits(unittest.TestCase):
    rows = {row[0]: row[1] for row in rows_of((REFERENCE / "limits.md").read_text()) if len(row) == 2}

    def test_the_page_shows_the_values_of_the_code(self):
        for beginning, path, constant in LIMITS:
            with self.subTest(limit=constant, of=beginning):
                value = re.search(rf"const {constant}: \w+ = (?:Duration::from_secs\()?([\d_]+)\)?;", source(path))[1]
                (shown,) = [row for name, row in self.rows.items() if name.startswith(beginning)]
                self.assertIn(int(value.replace("_", "")), [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d|\d", shown)])


class Profiles(unittest.TestCase):
    def test_the_guide_explains_every_field_and_placeholder_of_a_profile(self):
        guide = source("docs/guides/write-a-profile.md")
        fields = {"name", "base_path", "max_body_bytes", "unsafe_numbers"}
        parts = re.findall(r"struct (\w+)Part \{(.*?)\n\}", source("shared/domain/src/profile/file.rs"), re.DOTALL)
        tables = {
            "Webhook": "webhook", "Body": "body", "Signature": "signature", "Attempt": "attempts", "Disable": "disable",
            "Answer": "answers", "Event": "events",
        }
        for part, text in parts:
            if part in tables:
                fields |= {f"{tables[part]}.{field}" for field in re.findall(r"^    (\w+): ", text, re.MULTILINE)}
        self.assertGreater(len(fields), 18)
        self.assertEqual([field for field in sorted(fields) if f"`{field}`" not in guide], [])
        placeholders = re.findall(r'"(\w+)" => Self::', source("shared/domain/src/attempt/headers.rs"))
        self.assertEqual([name for name in placeholders if f"`{{{name}}}`" not in guide], [])


class Security(unittest.TestCase):
    def test_every_test_of_the_threat_table_exists(self):
        named = re.findall(r"`([\w./-]+)::(\w+)`", source("SECURITY.md"))
        self.assertGreater(len(named), 30)
        for path, name in named:
            with self.subTest(test=f"{path}::{name}"):
                self.assertRegex(source(path), rf"\b(fn|def) {name}\b|(?m:^{name}\(\))")

    def test_every_threat_has_a_test(self):
        for row in rows_of(section(ROOT / "SECURITY.md", "## Threats, and the test that shows what becomes of each"))[1:]:
            self.assertIn("::", row[-1], row[0])


if __name__ == "__main__":
    unittest.main()
