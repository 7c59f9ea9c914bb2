#!/usr/bin/env python3
"""What an operator must notice has an alarm, the alarms name metrics that exist, and somebody reads them."""

import json
import re
import unittest

from stack import FUNCTIONS, Stack
from template import ROOT, runbook, target_of

EVERYTHING = Stack(AlarmEmail="operators@example.com")
ALARMS = EVERYTHING.of_type("AWS::CloudWatch::Alarm")
# Metrics of the namespace Posthorn that the code does not write yet. Delete a name here once metrics/pending.rs has it.
AWAITED = set()
# Of a dashboard that AWS's free tier covers.
FREE_METRICS = 50


def metrics_of(alarm):
    """Namespace, name and the thing measured, of one metric or of all in an expression."""
    if "Metrics" not in alarm:
        metrics = [alarm]
    else:
        metrics = [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]
    return {(one["Namespace"], one["MetricName"], target_of(one["Dimensions"][0]["Value"])) for one in metrics}


def expression(name):
    (result,) = [one["Expression"] for one in ALARMS[name]["Metrics"] if "Expression" in one]
    return result


def dashboard():
    body = Stack().properties("OverviewDashboard")["DashboardBody"]
    return body["Fn::Sub"] if isinstance(body, dict) else body


class Alarms(unittest.TestCase):
    watched = set().union(*map(metrics_of, ALARMS.values()))

    def test_what_an_operator_must_see_has_an_alarm(self):
        expected = {
            ("AWS/SQS", "ApproximateAgeOfOldestMessage", "EventQueue"),
            ("AWS/SQS", "ApproximateAgeOfOldestMessage", "DeliveryQueue"),
            ("AWS/SQS", "ApproximateAgeOfOldestMessage", "SlowQueue"),
            ("AWS/SQS", "NumberOfMessagesReceived", "SlowQueue"),
            ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "RetryQueue"),
            ("AWS/SQS", "NumberOfMessagesReceived", "RetryQueue"),
            ("AWS/SQS", "NumberOfMessagesSent", "RejectedEventsQueue"),
            ("AWS/DynamoDB", "ReadThrottleEvents", "Table"),
            ("AWS/DynamoDB", "WriteThrottleEvents", "Table"),
            ("AWS/ApiGateway", "5xx", "HttpApi"),
            ("AWS/ApiGateway", "Latency", "HttpApi"),
        }
        for name in ("ThrottledRequests", "RetryLateness", "ScheduleRuns", "FailedAttempts", "ManyReceives", "Disables"):
            expected.add(("Posthorn", name, "AWS::StackName"))
        for queue in ("EventDlq", "DeliveryDlq", "SlowDlq", "RetryDlq"):
            expected.add(("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue))
        for name in FUNCTIONS:
            expected |= {("AWS/Lambda", metric, f"{name.capitalize()}Function") for metric in ("Errors", "Throttles")}
        self.assertEqual(sorted(expected - self.watched), [])

    def test_a_schedule_that_stops_starts_the_heartbeats_alarm(self):
        alarm = ALARMS["ScheduleAlarm"]
        self.assertEqual((alarm["TreatMissingData"], alarm["ComparisonOperator"]), ("breaching", "LessThanThreshold"))
        self.assertEqual((alarm["Statistic"], alarm["Threshold"]), ("Sum", 1))
        self.assertEqual(EVERYTHING.properties("MinuteSchedule")["ScheduleExpression"], "rate(1 minute)")

    def test_missing_data_starts_no_other_alarm(self):
        for name in set(ALARMS) - {"ScheduleAlarm"}:
            self.assertEqual(ALARMS[name]["TreatMissingData"], "notBreaching", name)

    def test_an_outage_of_all_attempts_starts_the_ratio_alarm(self):
        self.assertEqual(expression("AttemptsFailAlarm"), "IF(attempts >= 20, FILL(failed, 0) / attempts, 0)")
        self.assertLess(ALARMS["AttemptsFailAlarm"]["Threshold"], 1)

    def test_messages_that_wait_and_are_not_received_start_an_alarm(self):
        self.assertEqual(expression("RetryStoppedAlarm"), "IF(FILL(due, 0) > 0 AND FILL(received, 0) == 0, 1, 0)")
        self.assertEqual(expression("SlowStoppedAlarm"), "IF(FILL(waiting, 0) > 0 AND FILL(received, 0) == 0, 1, 0)")

    def test_an_alarm_starts_well_before_retries_fill_the_quota(self):
        alarm = ALARMS["RetryQueueAlarm"]
        self.assertEqual((alarm["MetricName"], alarm["Threshold"]), ("ApproximateNumberOfMessagesNotVisible", 80_000))
        self.assertEqual(target_of(alarm["Dimensions"][0]["Value"]), "RetryQueue")

    def test_every_lane_that_is_late_starts_an_alarm(self):
        for name in ("EventAgeAlarm", "DeliveryAgeAlarm", "SlowAgeAlarm", "RetryLatenessAlarm"):
            self.assertEqual(ALARMS[name]["Threshold"], "300", "LatenessAlarmSeconds")

    def test_an_expressions_names_are_those_of_its_metrics(self):
        for name, alarm in ALARMS.items():
            if "Metrics" in alarm:
                ids = {one["Id"] for one in alarm["Metrics"] if "MetricStat" in one}
                self.assertEqual(set(re.findall(r"\b[a-z]+\b", expression(name))), ids, name)
                self.assertEqual([one["Id"] for one in alarm["Metrics"] if one.get("ReturnData", True)], ["result"])

    def test_the_runbook_explains_every_alarm(self):
        text = runbook()
        self.assertEqual([name for name in ALARMS if f"`{name}`" not in text], [], "the runbook does not name them")


class Notifications(unittest.TestCase):
    topic = "arn:aws:sns:eu-central-1:111122223333:operators"

    def actions(self, stack):
        alarms = stack.of_type("AWS::CloudWatch::Alarm")
        return {name: alarm["AlarmActions"] for name, alarm in alarms.items()}

    def test_without_a_reader_an_alarm_only_shows(self):
        self.assertEqual(set(map(str, self.actions(Stack()).values())), {"[]"})
        self.assertEqual(Stack().of_type("AWS::SNS::Topic"), {})
        self.assertNotIn("WebhooksDisabledAlarm", Stack().resources, "it is a message only")

    def test_an_email_address_gets_every_alarm(self):
        subscriptions = EVERYTHING.properties("AlarmTopic")["Subscription"]
        self.assertEqual(subscriptions, [{"Protocol": "email", "Endpoint": "operators@example.com"}])
        for name, actions in self.actions(EVERYTHING).items():
            self.assertEqual(actions, [{"Ref": "AlarmTopic"}], name)

    def test_a_topic_and_an_email_address_both_get_every_alarm(self):
        stack = Stack(AlarmTopicArn=self.topic, AlarmEmail="operators@example.com")
        for name, actions in self.actions(stack).items():
            self.assertEqual(actions, [self.topic, {"Ref": "AlarmTopic"}], name)

    def test_the_end_of_an_alarm_is_reported_too(self):
        for name in set(ALARMS) - {"WebhooksDisabledAlarm"}:
            self.assertEqual(ALARMS[name]["OKActions"], ALARMS[name]["AlarmActions"], name)


class Metrics(unittest.TestCase):
    written = set(re.findall(r'=> "(\w+)",', (ROOT / "shared/src/metrics/pending.rs").read_text()))

    def shown(self):
        return set(re.findall(r'\["Posthorn", "(\w+)", "Stack", "<StackName>"', dashboard()))

    def filtered(self):
        """Metrics that CloudWatch makes from the access log."""
        filters = Stack().of_type("AWS::Logs::MetricFilter").values()
        return {one["MetricName"] for each in filters for one in each["MetricTransformations"]}

    def test_alarms_and_dashboard_name_metrics_that_are_written(self):
        source = (ROOT / "shared/src/metrics.rs").read_text()
        self.assertEqual(re.search(r'const NAMESPACE: &str = "(\w+)"', source)[1], "Posthorn")
        watched = {name for alarm in ALARMS.values() for namespace, name, _ in metrics_of(alarm) if namespace == "Posthorn"}
        self.assertTrue(self.shown() and watched)
        self.assertLessEqual(self.shown() | watched, self.written | self.filtered() | AWAITED)

    def test_every_metric_that_the_functions_write_is_shown(self):
        self.assertLessEqual(self.written, self.shown() | {"Milliseconds", "Seconds"})

    def test_a_metric_that_is_written_is_no_longer_awaited(self):
        self.assertEqual(AWAITED & self.written, set(), "delete it from AWAITED")

    def test_the_dashboard_shows_every_lane_and_every_dead_letter_queue(self):
        for queue in ("EventQueue", "DeliveryQueue", "SlowQueue", "RetryQueue", "EventDlq", "DeliveryDlq", "SlowDlq", "RetryDlq"):
            self.assertIn(f"${{{queue}.QueueName}}", dashboard())

    def test_the_dashboard_has_as_many_metrics_as_are_free_at_most(self):
        shown = [metric for widget in json.loads(dashboard())["widgets"] for metric in widget["properties"]["metrics"]]
        self.assertLessEqual(len(shown), FREE_METRICS)

    def test_the_dashboard_is_valid_and_has_the_region_in_its_name(self):
        self.assertEqual(len(json.loads(dashboard())["widgets"]), 15)
        self.assertEqual(Stack().properties("OverviewDashboard")["DashboardName"], "<StackName>-<Region>")
        self.assertNotIn("OverviewDashboard", Stack(Dashboard="false").resources)


if __name__ == "__main__":
    unittest.main()
