#!/usr/bin/env python3
"""What the emulated AWS takes for a request's partition keys, on which the roles' conditions are judged."""

import unittest

from emulator import partition_keys

ITEM = {"pk": {"S": "EVENT#a#1"}, "sk": {"S": "EVENT"}}
OTHER = {"pk": {"S": "ACCOUNT#a"}, "sk": {"S": "ACCOUNT"}}


class PartitionKeys(unittest.TestCase):
    def test_every_kind_of_request_names_its_keys(self):
        for kind, request in (
            ("GetItem", {"Key": ITEM}),
            ("PutItem", {"Item": ITEM}),
            ("Query", {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": ITEM["pk"]}}),
            ("BatchGetItem", {"RequestItems": {"posthorn": {"Keys": [ITEM]}}}),
            ("BatchWriteItem", {"RequestItems": {"posthorn": [{"PutRequest": {"Item": ITEM}}]}}),
            ("TransactWriteItems", {"TransactItems": [{"Put": {"Item": ITEM, "TableName": "posthorn"}}]}),
            ("BatchExecuteStatement", {"Statements": [
                {"Statement": "INSERT INTO \"posthorn\" VALUE {'body':?,'pk':?}", "Parameters": [{"S": "{}"}, ITEM["pk"]]},
            ]}),
        ):
            self.assertEqual(partition_keys(request), ["EVENT#a#1"], kind)

    def test_all_items_of_a_transaction_count(self):
        request = {"TransactItems": [{"Put": {"Item": ITEM}}, {"Update": {"Key": OTHER}}]}
        self.assertEqual(partition_keys(request), ["ACCOUNT#a", "EVENT#a#1"])

    def test_a_request_without_items_names_none(self):
        self.assertEqual(partition_keys({"TableName": "posthorn"}), [])


if __name__ == "__main__":
    unittest.main()
