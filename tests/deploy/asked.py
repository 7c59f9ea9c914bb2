"""What the functions' code asks AWS for: the operations, and on what.

The functions reach AWS only through `Store` (the table) and `Queues` (the queues), in shared/src. So this reads which of their
methods a function's sources call, follows the calls these make to one another, and collects the SDK operations found there.
"""

import re

from template import ROOT

# The SDK's builder, and the action that IAM knows it by. A transaction is authorised by its items' actions.
TABLE_ACTIONS = {
    r"\.get_item\(\)": "dynamodb:GetItem",
    r"\.put_item\(\)|\bPut::builder\(\)": "dynamodb:PutItem",
    r"\.update_item\(\)|\bUpdate(?:Item)?::builder\(\)": "dynamodb:UpdateItem",
    r"\.delete_item\(\)|\bDelete::builder\(\)": "dynamodb:DeleteItem",
    r"\bConditionCheck::builder\(\)": "dynamodb:ConditionCheckItem",
    r"\.query\(\)": "dynamodb:Query",
    r"\.scan\(\)": "dynamodb:Scan",
    r"\.batch_get_item\(\)": "dynamodb:BatchGetItem",
    r"\.batch_write_item\(\)": "dynamodb:BatchWriteItem",
    r"\bINSERT INTO\b": "dynamodb:PartiQLInsert",
}
QUEUE_ACTIONS = {
    r"\.send_message\(\)|\.send_message_batch\(\)": "sqs:SendMessage",
    r"\.change_message_visibility(_batch)?\(\)": "sqs:ChangeMessageVisibility",
    r"\.receive_message\(\)": "sqs:ReceiveMessage",
    r"\.delete_message(_batch)?\(\)": "sqs:DeleteMessage",
    r"\.purge_queue\(\)": "sqs:PurgeQueue",
    r"\.get_queue_attributes\(\)": "sqs:GetQueueAttributes",
}
# The fields of `QueueUrls`, and the lanes that name three of them.
QUEUES = {
    "event": "EventQueue",
    "delivery": "DeliveryQueue",
    "slow": "SlowQueue",
    "retry": "RetryQueue",
    "rejected": "RejectedEventsQueue",
}
LANES = {"First": "DeliveryQueue", "Slow": "SlowQueue", "Retry": "RetryQueue"}
# What a lane that is a variable may be. Intake sends first attempts to any; delivery hands them over to a lane after the first only.
CHOSEN = {"intake": {"First", "Slow", "Retry"}, "delivery": {"Slow", "Retry"}}


def without_tests(source):
    """The source up to its tests, without comments."""
    source = source.split("#[cfg(test)]\nmod tests {")[0]
    return re.sub(r"//.*", "", source)


def functions_in(source):
    """Name to text, for every `fn` of a file: from its name to the next `fn`."""
    starts = list(re.finditer(r"\bfn (\w+)", source))
    ends = [start.start() for start in starts[1:]] + [len(source)]
    found = {}
    for start, end in zip(starts, ends):
        found[start[1]] = found.get(start[1], "") + source[start.start():end]
    return found


def read(*paths):
    return [without_tests(path.read_text()) for path in paths]


def reachable(entry, functions):
    """The texts of a function and of all it calls, as far as they are among these."""
    seen, todo = set(), [entry]
    while todo:
        name = todo.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        # A method of the same struct or a plain function, not a method of the SDK's builders. `partitions` is what pages are read from.
        todo += re.findall(r"(?:\b(?:self|partitions)\s*\.\s*|(?<![.\w])|\bSelf::)(\w+)\(", functions[name])
    return "\n".join(functions[name] for name in sorted(seen))


def store():
    functions = {}
    for source in read(*sorted((ROOT / "shared/src/store").rglob("*.rs"))):
        functions |= {name: functions.get(name, "") + text for name, text in functions_in(source).items()}
    return functions


def queues():
    functions = {}
    for source in read(*sorted((ROOT / "shared/src/queue").rglob("*.rs"))):
        functions |= {name: functions.get(name, "") + text for name, text in functions_in(source).items()}
    return functions


def calls(sources, receiver):
    """Method and first argument of each `receiver.method(argument`."""
    return re.findall(rf"\b{receiver}\s*\.\s*(\w+)\(\s*([^,)]*)", "\n".join(sources))


def lanes_of(text, argument, function):
    """The lanes that a method uses: those that its text names, and the one that a function gives it."""
    lanes = set(re.findall(r"\bof_lane\(Lane::(\w+)\)", text))
    if re.search(r"\bof_lane\(lane\)", text):
        named = re.match(r"Lane::(\w+)", argument)
        lanes |= {named[1]} if named else CHOSEN[function]
    return lanes


def matching(text, actions):
    return {action for pattern, action in actions.items() if re.search(pattern, text)}


def asked_by(function):
    """The pairs of action and resource that a function's code needs."""
    sources = read(*sorted((ROOT / "functions" / function / "src").rglob("*.rs")))
    assert not any("aws_sdk_" in source for source in sources), f"{function} asks AWS past `shared`"
    needed = set()
    table, lanes = store(), queues()
    for method, _ in calls(sources, "store"):
        text = reachable(method, table) if method in table else ""
        actions = matching(text, TABLE_ACTIONS)
        needed |= {(action, "Table") for action in actions}
        # Whether a query reads the index depends on the statuses asked for; intake asks for none.
        if "index_name(" in text and function != "intake":
            needed |= {(action, "Table/index/troubled") for action in actions & {"dynamodb:Query"}}
    for method, argument in calls(sources, "queues"):
        text = reachable(method, lanes) if method in lanes else ""
        urls = {QUEUES[name] for name in re.findall(r"\burls\.(\w+)\b(?!\()", text)}
        urls |= {LANES[lane] for lane in lanes_of(text, argument, function)}
        needed |= {(action, url) for action in matching(text, QUEUE_ACTIONS) for url in urls}
    return needed
