#!/usr/bin/env python3
"""What each function's role allows, against what its code asks for."""

import re
import unittest

import asked
from stack import FUNCTIONS, Stack
from template import ROOT, as_list, target_of

# What Lambda itself does in the function's name.
MAPPING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
LEADING_KEYS = ("ForAllValues:StringLike", "dynamodb:LeadingKeys")
# With operational events. Without them intake and delivery have no reason to publish.
TELLING = Stack(OperationsAccount="operations")


def statements(stack, name):
    policies = stack.properties(f"{name.capitalize()}Role")["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def leading_keys(statement):
    operator, key = LEADING_KEYS
    return set(statement["Condition"][operator][key])


def kinds_of_keys():
    source = (ROOT / "shared/src/store/keys.rs").read_text()
    return {f"{kind}#*" for kind in re.findall(r'format!\("([A-Z]+)#', source)} | set(re.findall(r'"([A-Z]{5,})"', source))


class Roles(unittest.TestCase):
    stack = TELLING

    def allowed(self, name):
        pairs = set()
        for statement in statements(self.stack, name):
            self.assertEqual(statement["Effect"], "Allow")
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    pair = (action, target_of(resource))
                    self.assertNotIn(pair, pairs, f"{name} is granted twice")
                    pairs.add(pair)
        return pairs

    def test_each_role_allows_what_its_code_needs_and_no_more(self):
        for name in FUNCTIONS:
            with self.subTest(function=name):
                needed = asked.asked_by(name)
                mappings = self.stack.mappings(name)
                needed |= {(action, target_of(mapping["EventSourceArn"])) for mapping in mappings for action in MAPPING}
                needed |= {(action, f"{name.capitalize()}Logs") for action in LOGGING}
                allowed = self.allowed(name)
                self.assertEqual(sorted(needed - allowed), [], "the code needs it, the role does not allow it")
                self.assertEqual(sorted(allowed - needed), [], "the role allows it, the code does not need it")

    def test_without_operational_events_only_the_api_publishes(self):
        for stack, publishers in ((Stack(), {"api"}), (TELLING, set(FUNCTIONS))):
            for name in FUNCTIONS:
                sends = [one for one in statements(stack, name) if "sqs:SendMessage" in as_list(one["Action"])]
                queues = {target_of(queue) for one in sends for queue in as_list(one["Resource"])}
                self.assertEqual("EventQueue" in queues, name in publishers, name)

    def test_lambda_stops_no_function_that_sends_to_a_queue_it_reads(self):
        for stack in (Stack(), TELLING):
            for name in FUNCTIONS:
                read = {target_of(mapping["EventSourceArn"]) for mapping in stack.mappings(name)}
                sends = [one for one in statements(stack, name) if "sqs:SendMessage" in as_list(one["Action"])]
                sent = {target_of(queue) for one in sends for queue in as_list(one["Resource"])}
                self.assertEqual(stack.function(name).get("RecursiveLoop") == "Allow", bool(read & sent), name)

    def test_only_lambda_assumes_the_roles_and_each_function_has_one(self):
        roles = self.stack.of_type("AWS::IAM::Role")
        self.assertEqual({target_of(self.stack.function(name)["Role"]) for name in FUNCTIONS}, set(roles))
        for role in roles.values():
            (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
            self.assertEqual(statement["Principal"], {"Service": "lambda.amazonaws.com"})
            self.assertEqual(role["ManagedPolicyArns"], [])

    def test_the_reader_of_the_code_finds_what_is_plainly_there(self):
        self.assertIn(("dynamodb:BatchWriteItem", "Table"), asked.asked_by("delivery"))
        self.assertIn(("sqs:ChangeMessageVisibility", "RetryQueue"), asked.asked_by("delivery"))
        self.assertIn(("sqs:GetQueueAttributes", "RetryQueue"), asked.asked_by("delivery"), "how much is in flight")
        self.assertIn(("sqs:SendMessage", "SlowQueue"), asked.asked_by("delivery"))
        self.assertIn(("dynamodb:DeleteItem", "Table"), asked.asked_by("api"), "a webhook is deleted in a transaction")
        self.assertNotIn(("sqs:SendMessage", "DeliveryQueue"), asked.asked_by("delivery"))
        self.assertIn(("sqs:SendMessage", "SlowQueue"), asked.asked_by("intake"))
        self.assertNotIn(("sqs:ReceiveMessage", "EventQueue"), asked.asked_by("intake"), "Lambda receives")


class LeadingKeys(unittest.TestCase):
    """A role names the kinds of items that its function uses. The emulated AWS refuses the others, in the deployment test."""

    stack = Stack()

    def on_the_table(self, name):
        found = [one for one in statements(self.stack, name) if "dynamodb:" in as_list(one["Action"])[0]]
        self.assertTrue(found)
        return found

    def test_every_table_permission_names_the_items_it_is_for(self):
        for name in FUNCTIONS:
            for statement in self.on_the_table(name):
                with self.subTest(function=name, statement=statement["Sid"]):
                    self.assertTrue(leading_keys(statement))

    def test_every_name_is_a_kind_of_key_that_the_table_has(self):
        kinds = kinds_of_keys()
        self.assertGreaterEqual(len(kinds), 6)
        for name in FUNCTIONS:
            for statement in self.on_the_table(name):
                index = target_of(statement["Resource"]) != "Table"
                # The index is sorted by webhook.
                self.assertLessEqual(leading_keys(statement), {"wh_*"} if index else kinds)

    def test_each_function_reaches_the_notes_as_far_as_it_must(self):
        for name, actions in (
            ("api", {"PutItem"}),
            ("intake", {"GetItem", "PutItem", "UpdateItem", "DeleteItem"}),
            ("delivery", {"GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"}),
        ):
            reaching = [one for one in self.on_the_table(name) if "NOTES" in leading_keys(one)]
            allowed = {action.removeprefix("dynamodb:") for one in reaching for action in as_list(one["Action"])}
            self.assertLessEqual(actions, allowed, name)
            self.assertNotIn("BatchWriteItem", allowed, name)
        self.assertEqual(self.keys_of("intake", "dynamodb:UpdateItem"), {"NOTES"})
        self.assertNotIn("NOTES", self.keys_of("api", "dynamodb:GetItem"), "the API writes notes and reads none")

    def keys_of(self, name, action):
        statements = [one for one in self.on_the_table(name) if target_of(one["Resource"]) == "Table"]
        (allowing,) = [one for one in statements if action in as_list(one["Action"])]
        return leading_keys(allowing)

    def test_writing_functions_cannot_reach_what_is_not_theirs(self):
        for name, others in (
            ("api", {"OPERATOR#*", "OPERATORS", "EVENT#*", "DUE#*"}),
            ("intake", {"KEY#*", "SESSION#*", "OPERATOR#*", "OPERATORS", "ACCOUNT#*", "WEBHOOK#*", "DUE#*"}),
            # It deletes these with their account, and never makes them.
            ("delivery", {"KEY#*", "SESSION#*", "EVENT#*", "ACCOUNTS"}),
            ("delivery", {"OPERATOR#*", "OPERATORS"}),
        ):
            verbs = "Put|Update|Insert" if "EVENT#*" in others else "Put|Update|Delete|Write|Insert"
            for statement in self.on_the_table(name):
                if any(re.search(verbs, action) for action in as_list(statement["Action"])):
                    self.assertEqual(leading_keys(statement) & others, set(), f"{name}: {statement['Sid']}")


if __name__ == "__main__":
    unittest.main()
