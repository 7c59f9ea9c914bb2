#!/usr/bin/env python3
"""ministack, with what the template needs and ministack lacks.

- The condition key `dynamodb:LeadingKeys`. AWS gives it for every request to a table: the partition keys of the items that the
  request names. The roles allow only some of them.
- Requests that count as encrypted, although they come over plain http. Every queue refuses the others.
- Alarms on an expression of several metrics. The first metric stands for all, because no alarm is at work here anyway.
"""

import json
import re
import sys

from ministack import app
from ministack.core import iam_actions
from ministack.services.cloudformation import provisioners

PARTITION_KEY = "pk"


def partition_keys(request):
    """The partition keys of the items that a request to DynamoDB names."""
    keys = [item.get(PARTITION_KEY) for item in items_of(request)]
    if "KeyConditionExpression" in request:
        # The code always names the partition key's value `:pk`, for the table and for its index.
        keys.append(request["ExpressionAttributeValues"][":pk"])
    keys += [inserted_key(one) for one in request.get("Statements", [])]
    return sorted({key["S"] for key in keys if key})


def items_of(request):
    """Items and keys, of a single request, a batch or a transaction."""
    yield from (request[name] for name in ("Key", "Item") if name in request)
    for table in request.get("RequestItems", {}).values():
        if isinstance(table, dict):
            yield from table["Keys"]
        else:
            yield from (item for one in table for change in one.values() for item in items_of(change))
    yield from (item for one in request.get("TransactItems", []) for change in one.values() for item in items_of(change))


def inserted_key(statement):
    """The partition key of `INSERT INTO "t" VALUE {'a':?,'pk':?}`."""
    names = re.findall(r"'(\w+)':\?", statement["Statement"])
    return dict(zip(names, statement["Parameters"])).get(PARTITION_KEY)


def with_leading_keys(context_of):
    def context(body):
        request = json.loads(body or b"{}")
        keys = partition_keys(request)
        return {**context_of(body), **({"dynamodb:LeadingKeys": keys} if keys else {})}

    return context


def encrypted(pin_origin):
    return lambda source_ip, _: pin_origin(source_ip, True)


def with_expressions(record_of):
    def record(name, properties):
        if "Metrics" in properties:
            metric = next(one["MetricStat"] for one in properties["Metrics"] if "MetricStat" in one)
            one_metric = {**metric["Metric"], "Period": metric["Period"], "Statistic": metric["Stat"]}
            properties = {**properties, **one_metric, "Metrics": None}
        return record_of(name, properties)

    return record


if __name__ == "__main__":
    provisioners._cw_metric_alarm_record = with_expressions(provisioners._cw_metric_alarm_record)
    app.pin_request_origin = encrypted(app.pin_request_origin)
    iam_actions.dynamodb_service_context = with_leading_keys(iam_actions.dynamodb_service_context)
    sys.exit(app.main())
