#!/usr/bin/env python3
"""Queues, their mappings and policies, and how the times of everything nest."""

import re
import unittest

from stack import FUNCTIONS, TEMPLATE, Stack
from template import ROOT, as_list, target_of

# AWS's own limits, in seconds.
API_GATEWAY_TIMEOUT = 30
LONGEST_RETENTION = 14 * 24 * 60 * 60
LONGEST_VISIBILITY = 12 * 60 * 60
DAY = 24 * 60 * 60
# What an AWS account gets unless it asks for more. A new one may have less.
ACCOUNT_CONCURRENCY = 1000

STACK = Stack()
QUEUES = STACK.of_type("AWS::SQS::Queue")


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
    texts = [path.read_text() for path in (ROOT / "shared/domain/profiles").glob("*.toml")]
    return [int(seconds) for text in texts for seconds in re.findall(r"^timeout_seconds = (\d+)", text, re.MULTILINE)]


def consumed():
    """Function and properties of every queue that a function reads."""
    return [(name, QUEUES[target_of(mapping["EventSourceArn"])]) for name in FUNCTIONS for mapping in STACK.mappings(name)]


class Times(unittest.TestCase):
    """Connect < attempt < record < function < visibility, and what follows the records fits too."""

    def test_the_budgets_of_delivery_nest(self):
        connect = constant("shared/src/net/connection.rs", "CONNECT_TIMEOUT")
        excerpt = constant("shared/src/net/exchange.rs", "EXCERPT_TIMEOUT")
        record = constant("functions/delivery/src/lane/mod.rs", "MESSAGE_DEADLINE")
        after = constant("functions/delivery/src/lane/gather.rs", "FINISH") + constant("functions/delivery/src/standing/counting.rs", "FINISH")
        timeout = STACK.function("delivery")["Timeout"]
        self.assertTrue(attempt_timeouts())
        for attempt in attempt_timeouts():
            self.assertLess(connect, attempt)
            # Reading the webhooks, together and one by one, comes before the attempt, recording it after.
            together = constant("shared/src/store/read_many.rs", "TOGETHER")
            self.assertLessEqual(attempt + excerpt + together + 2 * sdk_operation(), record)
        self.assertLess(record + after, timeout)
        self.assertLess(constant("functions/delivery/src/minute/parked.rs", "RUN") + sdk_operation(), timeout)

    def test_the_budgets_of_intake_and_api_nest(self):
        batch, judge = (constant("functions/intake/src/batch.rs", name) for name in ("BATCH_DEADLINE", "STORE_DEADLINE"))
        self.assertLess(batch, STACK.function("intake")["Timeout"])
        # Accounts read together and one by one, events stored together and one by one. Then some time is left to send.
        together = constant("shared/src/store/read_many.rs", "TOGETHER")
        self.assertLess(together + sdk_operation() + together + judge, batch)
        timeout = STACK.function("api")["Timeout"]
        self.assertLess(max(attempt_timeouts()) + sdk_operation(), timeout, "the test of a webhook sends one")
        self.assertLess(timeout, API_GATEWAY_TIMEOUT)
        self.assertEqual(STACK.properties("HttpApiIntegration")["TimeoutInMillis"], API_GATEWAY_TIMEOUT * 1000)

    def test_a_message_stays_hidden_for_six_timeouts(self):
        self.assertEqual(len(consumed()), 4)
        for name, queue in consumed():
            self.assertGreaterEqual(queue["VisibilityTimeout"], 6 * STACK.function(name)["Timeout"])
            self.assertLessEqual(queue["VisibilityTimeout"], LONGEST_VISIBILITY)

    def test_a_message_stays_hidden_for_the_window_too(self):
        for window in TEMPLATE["Parameters"]["BatchWindowSeconds"]["AllowedValues"]:
            stack = Stack(BatchWindowSeconds=window)
            for name in ("intake", "delivery"):
                for mapping in stack.mappings(name):
                    queue = stack.properties(target_of(mapping["EventSourceArn"]))
                    waits = int(mapping.get("MaximumBatchingWindowInSeconds", 0))
                    self.assertEqual(queue["VisibilityTimeout"], 6 * stack.function(name)["Timeout"] + waits, window)

    def test_throttling_for_two_days_dead_letters_nothing(self):
        for _, queue in consumed():
            receives = queue["RedrivePolicy"]["maxReceiveCount"]
            self.assertEqual(receives, 1000, "the record decides, not the count of receives")
            self.assertGreaterEqual(receives * queue["VisibilityTimeout"], 2 * DAY)


class Queues(unittest.TestCase):
    def test_everything_is_kept_as_long_as_sqs_can_and_encrypted(self):
        self.assertEqual(len(QUEUES), 9)
        for name, queue in QUEUES.items():
            with self.subTest(queue=name):
                self.assertEqual(queue["MessageRetentionPeriod"], LONGEST_RETENTION)
                self.assertIs(queue["SqsManagedSseEnabled"], True)
                self.assertNotIn("KmsMasterKeyId", queue)

    def test_a_consumed_queue_has_a_dead_letter_queue_of_its_own(self):
        dead = [target_of(queue["RedrivePolicy"]["deadLetterTargetArn"]) for _, queue in consumed()]
        self.assertEqual(sorted(dead), ["DeliveryDlq", "EventDlq", "RetryDlq", "SlowDlq"])

    def test_the_queues_that_delivery_reads_are_alike(self):
        for name in ("SlowQueue", "RetryQueue"):
            others = {key: value for key, value in QUEUES[name].items() if key != "RedrivePolicy"}
            self.assertEqual(others, {key: QUEUES["DeliveryQueue"][key] for key in others}, name)

    def test_every_function_knows_every_queue_that_it_may_send_to(self):
        variables = STACK.variables()
        for variable, queue in (
            ("EVENT_QUEUE_URL", "EventQueue"), ("DELIVERY_QUEUE_URL", "DeliveryQueue"), ("SLOW_QUEUE_URL", "SlowQueue"),
            ("RETRY_QUEUE_URL", "RetryQueue"), ("REJECTED_QUEUE_URL", "RejectedEventsQueue"),
        ):
            self.assertEqual(variables[variable], {"Ref": queue})

    def test_every_queue_has_an_output(self):
        urls = [output["Value"] for name, output in TEMPLATE["Outputs"].items() if name.endswith(("QueueUrl", "DlqUrl"))]
        self.assertEqual(sorted(map(target_of, urls)), sorted(QUEUES))

    def test_every_mapping_reports_records_and_has_its_concurrency(self):
        lanes = {}
        for name in FUNCTIONS:
            for mapping in STACK.mappings(name):
                self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
                self.assertEqual(mapping["BatchSize"], 10)
                lanes[target_of(mapping["EventSourceArn"])] = mapping["ScalingConfig"]["MaximumConcurrency"]
        self.assertEqual(lanes, {"EventQueue": "20", "DeliveryQueue": "400", "SlowQueue": "100", "RetryQueue": "100"})
        self.assertLess(sum(map(int, lanes.values())), ACCOUNT_CONCURRENCY, "the API needs some too")

    def test_events_and_first_attempts_wait_for_a_full_batch_if_asked_and_retries_never(self):
        for window in ("0", "5"):
            stack = Stack(BatchWindowSeconds=window)
            mappings = [mapping for name in FUNCTIONS for mapping in stack.mappings(name)]
            waits = {target_of(one["EventSourceArn"]): one.get("MaximumBatchingWindowInSeconds") for one in mappings}
            self.assertEqual(waits, {"EventQueue": window, "DeliveryQueue": window, "SlowQueue": window, "RetryQueue": None})
        self.assertEqual(Stack().parameters["BatchWindowSeconds"], "0", "by default nothing waits")

    def test_each_lane_has_a_concurrency_of_its_own(self):
        for lane in ("Delivery", "Slow", "Retry"):
            mappings = Stack(**{f"{lane}Concurrency": 7}).mappings("delivery")
            limited = [one for one in mappings if one["ScalingConfig"]["MaximumConcurrency"] == "7"]
            self.assertEqual([target_of(one["EventSourceArn"]) for one in limited], [f"{lane}Queue"])

    def test_table_and_queues_outlive_the_stack(self):
        for name in ("Table", *QUEUES):
            # The slow lane came with an update: rolled back, it would take its events with it.
            policy = "Retain" if name in ("SlowQueue", "SlowDlq") else "RetainExceptOnCreate"
            self.assertEqual(STACK.resources[name]["DeletionPolicy"], policy, name)
            self.assertEqual(STACK.resources[name]["UpdateReplacePolicy"], "Retain", name)


class Policies(unittest.TestCase):
    def statements(self, stack):
        return {
            name: {one["Sid"]: one for one in policy["PolicyDocument"]["Statement"]}
            for name, policy in stack.of_type("AWS::SQS::QueuePolicy").items()
        }

    def test_every_queue_refuses_plain_http_from_anybody(self):
        covered = []
        for policy in STACK.of_type("AWS::SQS::QueuePolicy").values():
            (deny,) = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]
            self.assertEqual(deny["Condition"], {"Bool": {"aws:SecureTransport": "false"}})
            self.assertEqual((deny["Principal"], deny["Action"]), ("*", "sqs:*"))
            covered += [target_of(queue) for queue in policy["Queues"]]
        self.assertEqual(sorted(covered), sorted(QUEUES), "a queue can have one policy only")

    def test_by_default_a_policy_allows_nobody_anything(self):
        for name, statements in self.statements(STACK).items():
            self.assertEqual(set(statements), {"RefusePlainHttp"}, name)

    def test_publishers_by_account_and_by_arn_may_only_send(self):
        role = "arn:aws:iam::111122223333:role/billing"
        stack = Stack(PublisherAccounts="111122223333,444455556666", PublisherArns=role)
        statements = self.statements(stack)["EventQueuePolicy"]
        self.assertEqual(statements["OtherAccountsPublish"]["Principal"], {"AWS": ["111122223333", "444455556666"]})
        self.assertEqual(statements["NamedPrincipalsPublish"]["Principal"], {"AWS": [role]})
        for sid in ("OtherAccountsPublish", "NamedPrincipalsPublish"):
            self.assertEqual(as_list(statements[sid]["Action"]), ["sqs:SendMessage"])
            self.assertEqual(target_of(statements[sid]["Resource"]), "EventQueue")

    def test_the_event_rule_accepts_only_known_accounts(self):
        bus = {"EventBusName": "default", "EventSources": "com.example.billing"}
        pattern = Stack(**bus).properties("EventRule")["EventPattern"]
        self.assertEqual(pattern, {"source": ["com.example.billing"], "account": [{"Ref": "AWS::AccountId"}]})
        pattern = Stack(**bus, PublisherAccounts="111122223333").properties("EventRule")["EventPattern"]
        self.assertEqual(pattern["account"], ["<AccountId>", "111122223333"])

    def test_only_the_event_rule_may_send_through_eventbridge(self):
        statements = self.statements(Stack(EventBusName="default", EventSources="s"))
        for queue, sid in (("EventQueuePolicy", "EventBridgePublishes"), ("EventDlqPolicy", "EventBridgeKeepsWhatItCouldNotSend")):
            source = statements[queue][sid]["Condition"]["ArnEquals"]["aws:SourceArn"]
            self.assertEqual(target_of(source), "EventRule")


if __name__ == "__main__":
    unittest.main()
