#!/usr/bin/env python3
"""The template against the code: roles, times, and what must hold of every queue. Needs no AWS."""

import re
import unittest

import asked
import template
from template import ROOT, as_list, resources_of, target_of

TEMPLATE = template.load()
FUNCTIONS = ("api", "intake", "delivery")
# What Lambda itself does in the function's name.
MAPPING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
# AWS's own limits, in seconds.
API_GATEWAY_TIMEOUT = 30
LONGEST_RETENTION = 14 * 24 * 60 * 60
LONGEST_VISIBILITY = 12 * 60 * 60


def function(name):
    return TEMPLATE["Resources"][f"{name.capitalize()}Function"]["Properties"]


def queue(name):
    return TEMPLATE["Resources"][name]["Properties"]


def mappings(name):
    events = function(name).get("Events", {}).values()
    return [event["Properties"] for event in events if event["Type"] == "SQS"]


def constant(path, name):
    """A `Duration` constant of the code, in seconds."""
    found = re.search(rf"const {name}: Duration = Duration::from_(secs|mins|hours|millis)\((\d[\d_]*)\);", (ROOT / path).read_text())
    assert found, f"{path} has no constant {name}"
    unit = {"secs": 1, "mins": 60, "hours": 3600, "millis": 0.001}[found[1]]
    return int(found[2].replace("_", "")) * unit


def sdk_operation():
    source = (ROOT / "shared/src/clients.rs").read_text()
    return int(re.search(r"operation_timeout\(Duration::from_secs\((\d+)\)\)", source)[1])


def attempt_timeouts():
    texts = [path.read_text() for path in (ROOT / "shared/profiles").glob("*.toml")]
    return [int(seconds) for text in texts for seconds in re.findall(r"^timeout_seconds = (\d+)", text, re.MULTILINE)]


class Roles(unittest.TestCase):
    def statements(self, name):
        policies = TEMPLATE["Resources"][f"{name.capitalize()}Role"]["Properties"]["Policies"]
        return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]

    def allowed(self, name):
        pairs = set()
        for statement in self.statements(name):
            self.assertEqual(statement["Effect"], "Allow")
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    pair = (action, target_of(resource))
                    self.assertNotIn(pair, pairs, f"{name} is granted twice")
                    pairs.add(pair)
        return pairs

    def test_each_role_allows_what_its_function_and_mappings_need_and_nothing_else(self):
        for name in FUNCTIONS:
            with self.subTest(function=name):
                needed = asked.asked_by(name)
                needed |= {(action, target_of(mapping["Queue"])) for mapping in mappings(name) for action in MAPPING}
                needed |= {(action, f"{name.capitalize()}Logs") for action in LOGGING}
                allowed = self.allowed(name)
                self.assertEqual(sorted(needed - allowed), [], "the code needs it, the role does not allow it")
                self.assertEqual(sorted(allowed - needed), [], "the role allows it, the code does not need it")

    def test_only_lambda_assumes_them_and_each_function_has_its_own(self):
        roles = resources_of(TEMPLATE, "AWS::IAM::Role")
        self.assertEqual({target_of(function(name)["Role"]) for name in FUNCTIONS}, set(roles))
        for role in roles.values():
            (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(statement["Principal"], {"Service": "lambda.amazonaws.com"})
            self.assertNotIn("ManagedPolicyArns", role["Properties"])

    def test_the_reading_of_the_code_finds_what_is_plainly_there(self):
        self.assertIn(("dynamodb:BatchWriteItem", "Table"), asked.asked_by("delivery"))
        self.assertIn(("sqs:ChangeMessageVisibility", "RetryQueue"), asked.asked_by("delivery"))
        self.assertIn(("dynamodb:DeleteItem", "Table"), asked.asked_by("api"), "a webhook is deleted in a transaction")
        self.assertNotIn(("sqs:SendMessage", "DeliveryQueue"), asked.asked_by("delivery"))
        self.assertEqual({queue for _, queue in asked.asked_by("intake")} & {"EventQueue"}, set())


class Times(unittest.TestCase):
    """Connect < attempt < record < function < visibility, and what follows the records fits too."""

    def test_the_budgets_of_delivery_nest(self):
        connect, excerpt = (constant("shared/src/net/sender.rs", name) for name in ("CONNECT", "EXCERPT"))
        record = constant("functions/delivery/src/batch.rs", "RECORD_DEADLINE")
        after = constant("functions/delivery/src/gather.rs", "FINISH") + constant("functions/delivery/src/standing.rs", "DEADLINE")
        timeout = function("delivery")["Timeout"]
        self.assertTrue(attempt_timeouts())
        for attempt in attempt_timeouts():
            self.assertLess(connect, attempt)
            # Reading the webhooks, together and one by one, comes before the attempt, recording it after.
            together = constant("shared/src/store/mod.rs", "TOGETHER")
            self.assertLessEqual(attempt + excerpt + together + 2 * sdk_operation(), record)
        self.assertLess(record + after, timeout)
        self.assertLess(constant("functions/delivery/src/due.rs", "RUN") + sdk_operation(), timeout)

    def test_the_budgets_of_intake_and_api_nest(self):
        batch, judge = (constant("functions/intake/src/batch.rs", name) for name in ("BATCH_DEADLINE", "JUDGE_DEADLINE"))
        self.assertLess(batch, function("intake")["Timeout"])
        # Accounts read together and one by one, events stored together and one by one; then some time is left to send.
        together = constant("shared/src/store/mod.rs", "TOGETHER")
        self.assertLess(together + sdk_operation() + together + judge, batch)
        self.assertLess(max(attempt_timeouts()) + sdk_operation(), function("api")["Timeout"], "the test of a webhook sends one")
        self.assertLess(function("api")["Timeout"], API_GATEWAY_TIMEOUT)
        integration = TEMPLATE["Resources"]["HttpApiIntegration"]["Properties"]
        self.assertEqual(integration["TimeoutInMillis"], API_GATEWAY_TIMEOUT * 1000)

    def test_a_message_stays_hidden_for_six_timeouts_of_its_function(self):
        for name in FUNCTIONS:
            for mapping in mappings(name):
                visibility = queue(target_of(mapping["Queue"]))["VisibilityTimeout"]
                self.assertGreaterEqual(visibility, 6 * function(name)["Timeout"])
                self.assertLessEqual(visibility, LONGEST_VISIBILITY)

    def test_a_retry_is_received_often_enough_to_wait_out_its_schedule(self):
        # A wait of up to an hour is one receive; a crash at each would be another.
        self.assertEqual(queue("EventQueue")["RedrivePolicy"]["maxReceiveCount"], 20)
        self.assertEqual(queue("DeliveryQueue")["RedrivePolicy"]["maxReceiveCount"], 10)
        self.assertEqual(queue("RetryQueue")["RedrivePolicy"]["maxReceiveCount"], 100)


class Queues(unittest.TestCase):
    def test_everything_is_kept_as_long_as_sqs_can_and_encrypted(self):
        queues = resources_of(TEMPLATE, "AWS::SQS::Queue")
        self.assertEqual(len(queues), 7)
        for name, resource in queues.items():
            with self.subTest(queue=name):
                self.assertEqual(resource["Properties"]["MessageRetentionPeriod"], LONGEST_RETENTION)
                self.assertIs(resource["Properties"]["SqsManagedSseEnabled"], True)

    def test_every_mapping_reports_single_records_and_has_its_own_concurrency(self):
        lanes = {}
        for name in FUNCTIONS:
            for mapping in mappings(name):
                self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
                self.assertEqual(mapping["BatchSize"], 10)
                lanes[target_of(mapping["Queue"])] = target_of(mapping["ScalingConfig"]["MaximumConcurrency"])
        expected = {"EventQueue": "IntakeConcurrency", "DeliveryQueue": "DeliveryConcurrency", "RetryQueue": "RetryConcurrency"}
        self.assertEqual(lanes, expected)
        for parameter, default in (("IntakeConcurrency", 20), ("DeliveryConcurrency", 400), ("RetryConcurrency", 20)):
            self.assertEqual(TEMPLATE["Parameters"][parameter]["Default"], default)

    def test_the_runbook_explains_every_alarm(self):
        runbook = (ROOT / "docs/operations/runbook.md").read_text()
        for name in resources_of(TEMPLATE, "AWS::CloudWatch::Alarm"):
            self.assertIn(f"`{name}`", runbook)

    def test_what_an_operator_must_see_has_an_alarm(self):
        watched = set()
        for resource in resources_of(TEMPLATE, "AWS::CloudWatch::Alarm").values():
            alarm = resource["Properties"]
            (dimension,) = alarm["Dimensions"]
            watched.add((alarm["MetricName"], target_of(dimension["Value"])))
        for dead_letters in ("EventDlq", "DeliveryDlq", "RetryDlq"):
            self.assertIn(("ApproximateNumberOfMessagesVisible", dead_letters), watched)
        for name in FUNCTIONS:
            self.assertIn(("Errors", f"{name.capitalize()}Function"), watched)
            self.assertIn(("Throttles", f"{name.capitalize()}Function"), watched)
        self.assertLessEqual(
            {
                ("ApproximateAgeOfOldestMessage", "EventQueue"),
                ("ApproximateAgeOfOldestMessage", "DeliveryQueue"),
                ("ApproximateNumberOfMessagesNotVisible", "RetryQueue"),
                ("NumberOfMessagesSent", "RejectedEventsQueue"),
                ("RetryLateness", "AWS::StackName"),
                ("Disables", "AWS::StackName"),
            },
            watched,
        )


class Metrics(unittest.TestCase):
    def test_alarms_and_dashboard_name_metrics_that_the_code_writes(self):
        source = (ROOT / "shared/src/metrics.rs").read_text()
        written = set(re.findall(r'=> "(\w+)",', source))
        self.assertEqual(re.search(r'const NAMESPACE: &str = "(\w+)"', source)[1], "Posthorn")
        dashboard = TEMPLATE["Resources"]["OverviewDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        shown = set(re.findall(r'\["Posthorn", "(\w+)", "Stack", "\$\{AWS::StackName\}"', dashboard))
        alarms = [resource["Properties"] for resource in resources_of(TEMPLATE, "AWS::CloudWatch::Alarm").values()]
        watched = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == "Posthorn"}
        self.assertTrue(shown and watched)
        self.assertLessEqual(shown | watched, written)
        self.assertLessEqual(written, shown | {"Milliseconds", "Seconds"}, "what is written is shown")


class Parameters(unittest.TestCase):
    def test_each_has_a_default_a_description_and_bounds_and_stands_in_a_group(self):
        groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        grouped = [name for group in groups for name in group["Parameters"]]
        self.assertEqual(sorted(grouped), sorted(TEMPLATE["Parameters"]))
        for name, parameter in TEMPLATE["Parameters"].items():
            with self.subTest(parameter=name):
                self.assertIn("Default", parameter)
                self.assertGreater(len(parameter["Description"]), 20)
                bounds = {"AllowedValues", "AllowedPattern"} & set(parameter)
                self.assertTrue(bounds or {"MinValue", "MaxValue"} <= set(parameter))

    def test_what_is_for_tests_only_is_not_set_unless_asked_for(self):
        variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
        for variable, parameter in (("ALLOWED_TARGETS", "AllowedTargets"), ("RETRY_SCALE", "RetryScale")):
            self.assertEqual(TEMPLATE["Parameters"][parameter]["Default"], "")
            condition, value, otherwise = variables[variable]["Fn::If"]
            self.assertEqual((value, otherwise), ({"Ref": parameter}, {"Ref": "AWS::NoValue"}))
            self.assertEqual(TEMPLATE["Conditions"][condition], {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]})


class Builds(unittest.TestCase):
    def test_a_panic_unwinds_in_what_ships(self):
        # cargo-lambda builds with `panic = "abort"` unless the manifest says otherwise, and then a panic costs a whole batch.
        manifest = (ROOT / "Cargo.toml").read_text()
        release = manifest.split("[profile.release]")[1].split("\n[")[0]
        self.assertRegex(release, r'(?m)^panic = "unwind"$')

    def test_each_function_is_built_from_its_own_binary(self):
        for name in FUNCTIONS:
            metadata = TEMPLATE["Resources"][f"{name.capitalize()}Function"]["Metadata"]
            self.assertEqual(metadata, {"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": name}})
        self.assertEqual(TEMPLATE["Globals"]["Function"]["Runtime"], "provided.al2023")
        self.assertEqual(TEMPLATE["Parameters"]["Architecture"]["Default"], "arm64")


if __name__ == "__main__":
    unittest.main()
