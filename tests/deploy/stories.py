"""What a platform, its customers and its operators do with a deployed installation, and what must come of it."""

import hashlib
import hmac
import json
import pathlib
import re
import tempfile

from cloud import command
from guides import AWSYS_CREATE, GO2_CREATE, GO2_DELIVERIES, addressed
from organisation import DOMAIN, OPERATIONS
from standardwebhooks import Webhook
from template import ROOT, runbook
from waiting import until

BASE_PATHS = {"awsys": "/api", "go2": "/api/v1", "standard": "/v1"}
# The go2 guide's waits, in seconds.
GO2_WAITS = (5, 30, 120, 600, 3600)
RETRY_SCALE = 0.004


class Operator:
    """Who makes accounts through the API, with a key that the operators' command made in the table."""

    def __init__(self, cloud, outputs, posthorn):
        self.cloud, self.posthorn = cloud, posthorn
        # The same API by a path: only curl knows where a name below `localhost` is.
        api_id = re.match(r"https?://(\w+)\.", outputs["ApiUrl"])[1]
        self.api = f"{cloud.url}/_aws/execute-api/{api_id}/$default"
        made = cloud.run(posthorn, "operator-keys", "create", "--table", outputs["TableName"], "--json")
        self.key = json.loads(made)["key"]

    def run(self, *arguments):
        """What a command prints that calls the API."""
        with tempfile.NamedTemporaryFile("w") as key_file:
            key_file.write(self.key)
            key_file.flush()
            printed = self.cloud.run(self.posthorn, *arguments, "--api-url", self.api, "--key-file", key_file.name, "--json")
        return json.loads(printed)


class Customer:
    """An account with a key, made by an operator."""

    def __init__(self, cloud, outputs, operator, profile):
        self.cloud, self.api, self.profile = cloud, outputs["ApiUrl"], profile
        self.account = f"{profile}-customer"
        operator.run("accounts", "create", "--account", self.account, "--profile", profile)
        self.key = operator.run("keys", "create", "--account", self.account, "--scopes", "manage,publish,read")["key"]

    def shell(self, text):
        return unwrapped(json.loads(self.cloud.run("bash", "-c", text.replace("curl ", "curl --silent --show-error --fail-with-body ", 1))))

    def call(self, method, path, body=None):
        data = [] if body is None else ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        answer = self.cloud.run(
            "curl", "--silent", "--show-error", "--fail-with-body", "-X", method, *data,
            "-H", f"Authorization: Bearer {self.key}", f"{self.api}{BASE_PATHS[self.profile]}{path}",
        )
        return unwrapped(json.loads(answer))

    def browse(self, path, *options):
        """The head and the page of a response of the portal."""
        return self.cloud.run("curl", "--silent", "--show-error", "--include", *options, f"{self.api}{path}")

    def webhook(self, url, *events):
        return self.call("POST", "/webhooks", {"name": "n", "url": url, "events": list(events)})

    def deliveries(self, webhook):
        return self.call("GET", f"/webhooks/{webhook['id']}/deliveries")

    def delivery(self, webhook, event_id, status):
        """The delivery of an event, once it has the status."""

        def found():
            return [one for one in self.deliveries(webhook) if one["eventId"] == event_id and one["status"] == status]

        return until(f"{event_id} is {status}", found)[0]

    def event(self, name, event_id, data):
        return {"account": self.account, "event": name, "id": event_id, "data": data}


def unwrapped(answer):
    """The `data` of an envelope, or the answer itself."""
    return answer["data"] if isinstance(answer, dict) and "data" in answer else answer


def publish(cloud, queue, event):
    """As the README says it."""
    body = event if isinstance(event, str) else json.dumps(event)
    group = [] if isinstance(event, str) else ["--message-group-id", event["account"]]
    cloud.run(
        command("aws"), "sqs", "send-message", "--endpoint-url", cloud.url, "--queue-url", queue, "--message-body", body, *group
    )


def hexadecimal(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def bash_blocks(text):
    """The shell commands of a document, whatever their names."""
    return re.findall(r"^```bash[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Stories:
    def __init__(self, cloud, receiver, outputs, programs):
        self.cloud, self.receiver, self.outputs = cloud, receiver, outputs
        self.posthorn = pathlib.Path(programs) / "posthorn"
        self.operator = Operator(cloud, outputs, self.posthorn)
        self.customers = {profile: Customer(cloud, outputs, self.operator, profile) for profile in BASE_PATHS}

    def publish(self, event):
        publish(self.cloud, self.outputs["EventQueueUrl"], event)

    def guides_commands_work_and_their_webhooks_get_signed_requests(self):
        awsys, go2 = self.customers["awsys"], self.customers["go2"]
        one = awsys.shell(addressed(AWSYS_CREATE, awsys.api, awsys.key))
        two = go2.shell(addressed(GO2_CREATE, go2.api, go2.key))
        assert one["url"] == "https://your-server.com/webhooks/awsys" and one["secret"] == "your-signing-secret", one
        assert two["name"] == "Click Tracker" and two["secret"].startswith("whsec_"), two
        awsys.call("PATCH", f"/webhooks/{one['id']}", {"url": self.receiver.url("/awsys")})
        go2.call("PATCH", f"/webhooks/{two['id']}", {"url": self.receiver.url("/go2")})

        self.publish(awsys.event("link.click", "awsys-1", {"slug": "summer", "clicks": 1.0}))
        self.publish(go2.event("click", "go2-1", {"slug": "été"}))

        request = self.receiver.wait_for("/awsys")[0]
        assert request.headers["x-awsys-signature"] == hexadecimal("your-signing-secret", request.body)
        assert json.loads(request.body)["data"] == {"slug": "summer", "clicks": 1}
        request = self.receiver.wait_for("/go2")[0]
        assert request.headers["x-webhook-signature"] == "sha256=" + hexadecimal(two["secret"], request.body)
        assert request.headers["x-webhook-id"] == f"{two['id']}.go2-1"
        awsys.delivery(one, "awsys-1", "delivered")
        go2.delivery(two, "go2-1", "delivered")
        logged = go2.shell(addressed(GO2_DELIVERIES, go2.api, go2.key, two["id"]))
        assert [(one["eventId"], one["attempts"][0]["statusCode"]) for one in logged] == [("go2-1", 200)], logged

    def events_come_over_http_too_and_once_for_each_key(self):
        standard = self.customers["standard"]
        webhook = standard.webhook(self.receiver.url("/standard"), "invoice.*")
        event = {"event": "invoice.paid", "id": "inv-1", "data": {"amount": 1999}}
        for _ in range(2):
            assert standard.call("POST", "/events", event) == {"ids": ["inv-1"]}
        request = self.receiver.wait_for("/standard")[0]
        assert Webhook(webhook["secret"]).verify(request.body, request.headers)["type"] == "invoice.paid"
        standard.delivery(webhook, "inv-1", "delivered")
        until("the repeated event is counted", lambda: sum(self.cloud.metric("intake", "RepeatedEvents")) == 1)
        assert len(self.receiver.on("/standard")) == 1

    def a_link_opens_the_portal_once(self):
        standard = self.customers["standard"]
        url = standard.call("POST", "/portal-sessions", {"user": "ann"})["url"]
        origin, code = url.split("/portal/enter#")
        assert origin.startswith("https://"), url
        enter = ["-X", "POST", "-H", "Sec-Fetch-Site: same-origin", "--data-urlencode", f"code={code}"]
        entered = standard.browse("/portal/enter", *enter)
        cookie = re.search(r"(?im)^set-cookie: (__Host-[^;]+);.*HttpOnly", entered)[1]
        listed = standard.browse("/portal/", "-H", f"Cookie: {cookie}")
        assert standard.account in listed and "New webhook" in listed, listed
        assert "content-security-policy: default-src 'none'" in listed.lower(), listed
        assert re.match(r"HTTP/\S+ 401", standard.browse("/portal/enter", *enter))
        assert re.match(r"HTTP/\S+ 403", standard.browse("/portal/enter", *enter, "-H", "Sec-Fetch-Site: cross-site"))

    def a_failing_endpoint_is_tried_on_schedule_and_then_given_up(self):
        go2 = self.customers["go2"]
        webhook = go2.webhook(self.receiver.url("/failing"), "link.created")
        self.publish(go2.event("link.created", "lost-1", {"slug": "x"}))
        delivery = go2.delivery(webhook, "lost-1", "failed")
        requests = self.receiver.on("/failing")
        assert len(requests) == len(delivery["attempts"]) == 6, delivery
        assert [int(request.headers["x-posthorn-attempt"]) for request in requests] == [1, 2, 3, 4, 5, 6]
        assert len({(request.body, request.headers["webhook-id"]) for request in requests}) == 1
        for before, after, wait in zip(requests, requests[1:], GO2_WAITS):
            # The queue's own visibility timeout of 360 s would be later than all of these.
            assert max(1, wait * RETRY_SCALE) - 0.1 <= after.at - before.at < 60, f"{wait} s: {after.at - before.at:.1f} s"
        assert delivery["statusReason"] == "gave up after 6 failed attempts", delivery
        late = until("all retries' lateness", lambda: self.cloud.metric("delivery", "RetryLateness")[4:])
        assert all(seconds < 60 for seconds in late), late
        assert sum(self.cloud.metric("delivery", "Failed")) == 1

    def an_endpoint_that_stays_dead_is_disabled_and_its_events_are_skipped(self):
        go2 = self.customers["go2"]
        (webhook,) = [one for one in go2.call("GET", "/webhooks") if one["url"].endswith("/failing")]
        self.publish(go2.event("link.created", "lost-2", {"slug": "x"}))
        until("the webhook is disabled", lambda: not go2.call("GET", f"/webhooks/{webhook['id']}")["isActive"])
        self.publish(go2.event("link.created", "skipped-1", {"slug": "x"}))
        go2.delivery(webhook, "skipped-1", "skipped")
        until("the disabling is counted", lambda: self.cloud.metric("delivery", "Disables") == [1])
        lines = [line.get("message", "") for line in self.cloud.logs("delivery") if line.get("webhook.id") == webhook["id"]]
        assert any(line.startswith("the webhook was disabled: ") for line in lines), lines

    def what_can_never_be_delivered_is_in_the_rejected_queue_with_its_reason(self):
        for poison in ("not json", json.dumps({"account": "nobody", "event": "click", "data": 1})):
            self.publish(poison)
        sqs, found = self.cloud.client("sqs"), {}

        def both():
            answer = sqs.receive_message(
                QueueUrl=self.outputs["RejectedQueueUrl"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            for message in answer.get("Messages", []):
                reason = message["MessageAttributes"]["reason"]["StringValue"]
                found[reason.split(":")[0]] = message["Body"]
            return len(found) == 2

        until("both are there", both)
        assert set(found) == {"MALFORMED_MESSAGE", "UNKNOWN_ACCOUNT"}, found
        assert found["MALFORMED_MESSAGE"] == "not json"
        until("they are counted", lambda: sum(self.cloud.metric("intake", "RejectedEvents")) == 2)

    def a_dead_letter_goes_back_by_the_operators_command(self):
        go2 = self.customers["go2"]
        webhook = go2.webhook(self.receiver.url("/again"), "click")
        event = {"account": go2.account, "event": "click", "data": {"slug": "again"}}
        publish(self.cloud, self.outputs["EventDlqUrl"], event)
        printed = self.cloud.run(self.posthorn, "redrive", "events", "--queue", self.outputs["EventQueueUrl"], "--json")
        moved, end = map(json.loads, printed.splitlines())
        assert end == {"moved": 1, "left": 0} and moved["sourceId"] == moved["messageId"], printed
        # Its identity is the id of the message that was dead-lettered.
        request = self.receiver.wait_for("/again")[0]
        assert request.headers["x-webhook-id"] == f"{webhook['id']}.{moved['messageId']}"

    def metrics_name_no_webhook(self):
        for function in ("intake", "delivery"):
            lines = [line for line in self.cloud.logs(function) if "_aws" in line]
            assert lines, f"{function} writes no metrics"
            for line in lines:
                (metrics,) = line["_aws"]["CloudWatchMetrics"]
                assert (metrics["Namespace"], metrics["Dimensions"], line["Stack"]) == ("Posthorn", [["Stack"]], "posthorn"), line
                assert not any("wh_" in str(value) for value in line.values()), line
        assert len(self.cloud.metric("delivery", "AttemptTime")) == sum(self.cloud.metric("delivery", "Attempts"))

    def half_an_option_is_refused_and_changes_nothing(self):
        said = self.cloud.refused(EventBusName="default")
        assert "EventBusName is set but EventSources is empty" in said, said
        assert self.cloud.outputs() == self.outputs

    def the_functions_have_their_options(self):
        functions = self.cloud.client("lambda")
        for one in functions.list_functions()["Functions"]:
            made = functions.get_function_configuration(FunctionName=one["FunctionName"])
            variables = made["Environment"]["Variables"]
            assert variables["OPERATIONS_ACCOUNT"] == OPERATIONS, variables
            own, *others = variables["DENIED_TARGETS"].split(",")
            assert own.endswith(".execute-api.us-east-1.amazonaws.com"), own
            assert others == [DOMAIN, "203.0.113.0/24", "internal.example.com"], others
            assert made["LoggingConfig"]["SystemLogLevel"] == "INFO", made

    def queues_and_logs_are_encrypted_with_the_key(self, key):
        sqs, logs = self.cloud.client("sqs"), self.cloud.client("logs")
        keys = [
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["KmsMasterKeyId"])["Attributes"]["KmsMasterKeyId"]
            for url in sqs.list_queues()["QueueUrls"]
        ]
        keys += [group["kmsKeyId"] for group in logs.describe_log_groups()["logGroups"]]
        assert keys == 13 * [key], keys

    def the_domain_leads_to_the_api(self):
        (mapping,) = self.cloud.client("apigatewayv2").get_api_mappings(DomainName=DOMAIN)["Items"]
        assert mapping["ApiId"] in self.outputs["ApiUrl"], mapping
        dns = self.cloud.client("route53")
        (zone,) = dns.list_hosted_zones()["HostedZones"]
        records = dns.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        assert f"{DOMAIN}." in [record["Name"].rstrip(".") + "." for record in records], records

    def alarms_reach_the_topic_and_the_email_address(self):
        (subscription,) = self.cloud.client("sns").list_subscriptions()["Subscriptions"]
        assert subscription["Endpoint"] == "operators@example.com", subscription
        for alarm in self.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]:
            assert len(alarm["AlarmActions"]) == 2 and subscription["TopicArn"] in alarm["AlarmActions"], alarm

    def after_an_update_the_same_accounts_and_webhooks_go_on(self, outputs):
        for name in ("TableName", "EventQueueUrl", "ApiUrl"):
            assert outputs[name] == self.outputs[name], f"the update replaced {name}"
        go2 = self.customers["go2"]
        (webhook,) = [one for one in go2.call("GET", "/webhooks") if one["url"].endswith("/go2")]
        self.publish(go2.event("click", "go2-2", {"slug": "after"}))
        go2.delivery(webhook, "go2-2", "delivered")

    def cargo_lambdas_build_can_be_put_in_place_as_the_page_says(self):
        page = (ROOT / "docs/operations/deploy.md").read_text()
        replace = re.search(r"^(aws lambda update-function-code .*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
        self.cloud.run("bash", "-euc", replace)
        go2 = self.customers["go2"]
        (webhook,) = [one for one in go2.call("GET", "/webhooks") if one["url"].endswith("/go2")]
        self.publish(go2.event("click", "go2-3", {"slug": "replaced"}))
        go2.delivery(webhook, "go2-3", "delivered")

    def the_runbook_finds_a_delivery_by_its_event(self):
        go2 = self.customers["go2"]
        (webhook,) = [one for one in go2.call("GET", "/webhooks") if one["url"].endswith("/failing")]
        given = f"ACCOUNT={go2.account} EVENT_ID=lost-1 WEBHOOK={webhook['id']}\n"
        blocks = bash_blocks(runbook())
        helpers, (find,) = blocks[0], [block for block in blocks if "# ACCOUNT, EVENT_ID and WEBHOOK" in block]
        found = self.cloud.run("bash", "-euc", given + helpers + find)
        delivery = go2.delivery(webhook, "lost-1", "failed")
        assert found.split("\t")[:2] == [delivery["id"], "failed"], found

    def what_happens_to_webhooks_is_told_to_the_operations_account(self):
        go2 = self.customers["go2"]
        self.customers["standard"].webhook(self.receiver.url("/told"), "posthorn.*")
        failing = go2.webhook(self.receiver.url("/failing/told"), "link.updated")
        go2.call("PATCH", f"/webhooks/{failing['id']}", {"rateLimit": {"requests": 100, "seconds": 1}})
        self.publish(go2.event("link.updated", "told-1", {"slug": "told"}))
        go2.delivery(failing, "told-1", "failed")

        def told():
            return {json.loads(request.body)["type"] for request in self.receiver.on("/told")}

        expected = {f"posthorn.webhook.{what}" for what in ("created", "updated", "failing")} | {"posthorn.delivery.exhausted"}
        until("the operations account was told", lambda: expected <= told())
        go2.call("DELETE", f"/webhooks/{failing['id']}")
        until("the operations account was told of the deletion", lambda: "posthorn.webhook.deleted" in told())

    def events_come_from_eventbridge(self):
        standard = self.customers["standard"]
        detail = standard.event("invoice.sent", "inv-2", {"amount": 1})
        entry = {"Source": "com.example.billing", "DetailType": "invoice.sent", "Detail": json.dumps(detail), "EventBusName": "default"}
        assert self.cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
        request = self.receiver.wait_for("/standard", 2)[1]
        assert json.loads(request.body)["data"] == {"amount": 1}

    def deleting_the_stack_keeps_the_data_until_it_is_deleted_too(self):
        helpers, (delete,) = bash_blocks(runbook())[0], bash_blocks((ROOT / "docs/operations/delete.md").read_text())
        stack, data = delete.split("\n\n")
        names = "declare -p TABLE QUEUES > names\n"
        folder = self.cloud.folder
        self.cloud.run("bash", "-euc", f"cd {folder}\n{helpers}{stack}\n{names}")
        tables, queues, functions = self.cloud.remains()
        assert (len(tables), len(queues), functions) == (1, 9, []), (tables, queues, functions)
        # This version of the command heeds AWS_ENDPOINT_URL for every service but SQS.
        data = data.replace("aws sqs ", f"aws sqs --endpoint-url {self.cloud.url} ")
        self.cloud.run("bash", "-euc", f"cd {folder}\n. ./names\n{data}")
        assert self.cloud.remains() == ([], [], []), self.cloud.remains()

    def nothing_is_left_anywhere(self):
        sqs = self.cloud.client("sqs")
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]

        def counts():
            found = {}
            for queue in ("EventQueue", "DeliveryQueue", "SlowQueue", "RetryQueue", "EventDlq", "DeliveryDlq", "SlowDlq", "RetryDlq"):
                answer = sqs.get_queue_attributes(QueueUrl=self.outputs[f"{queue}Url"], AttributeNames=names)
                found[queue] = sum(int(number) for number in answer["Attributes"].values())
            return found

        until("all queues are empty", lambda: not any(counts().values()))
        errors = [line for name in ("api", "intake", "delivery") for line in self.cloud.logs(name) if line.get("level") == "ERROR"]
        assert not errors, errors
