#!/usr/bin/env python3
"""The HTTP API: routes with throttles of their own, the access log, the domain."""

import json
import re
import unittest

from stack import Stack
from template import ROOT, target_of

STACK = Stack()
# The pages of all profiles together.
PORTAL = {"ANY /portal", "ANY /portal/{proxy+}"}
# What needs a throttle of its own, under each profile's base path.
OWN_THROTTLE = ("POST {}/events", "POST {}/webhooks/{{id}}/test", "GET {}/health")


def base_paths():
    profiles = (ROOT / "shared").rglob("profiles/*.toml")
    return [re.search(r'^base_path = "(.+)"', path.read_text(), re.MULTILINE)[1] for path in profiles]


def routes():
    return STACK.of_type("AWS::ApiGatewayV2::Route")


class Routes(unittest.TestCase):
    def test_every_profile_has_the_routes_with_their_own_throttles(self):
        expected = {"$default"} | PORTAL | {key.format(base) for base in base_paths() for key in OWN_THROTTLE}
        self.assertGreaterEqual(len(base_paths()), 3)
        self.assertEqual({route["RouteKey"] for route in routes().values()}, expected, "see docs/guides/write-a-profile.md")

    def test_all_routes_lead_to_one_function(self):
        self.assertEqual(len(STACK.of_type("AWS::ApiGatewayV2::Integration")), 1)
        for route in routes().values():
            self.assertEqual(route["Target"], {"Fn::Sub": "integrations/${HttpApiIntegration}"})

    def test_throttles_exist_for_every_route_and_after_it(self):
        stage = STACK.resources["HttpApiStage"]
        keys = {route["RouteKey"] for route in routes().values()} - {"$default"}
        self.assertEqual(set(stage["Properties"]["RouteSettings"]), keys)
        self.assertEqual(set(stage["DependsOn"]), set(routes()) - {"DefaultRoute"})

    def test_the_portals_routes_have_one_throttle(self):
        settings = STACK.properties("HttpApiStage")["RouteSettings"]
        one, other = (settings[key] for key in sorted(PORTAL))
        self.assertEqual(one, other)

    def test_the_stages_limits_are_not_what_accounts_meet_first(self):
        settings = STACK.properties("HttpApiStage")["DefaultRouteSettings"]
        self.assertEqual(settings, {"ThrottlingRateLimit": "2000", "ThrottlingBurstLimit": "4000"})

    def test_a_routes_limits_are_numbers_and_not_parameters(self):
        for key, throttle in STACK.properties("HttpApiStage")["RouteSettings"].items():
            self.assertEqual({type(limit) for limit in throttle.values()}, {int}, f"{key}: a parameter would arrive as text")
            if key.endswith("/events"):
                self.assertGreaterEqual(throttle["ThrottlingRateLimit"], 2000)


class AccessLog(unittest.TestCase):
    def logged(self):
        return json.loads(STACK.properties("HttpApiStage")["AccessLogSettings"]["Format"])

    def test_it_holds_no_header_and_no_query_string(self):
        allowed = {
            "requestTime", "requestId", "identity.sourceIp", "httpMethod", "path", "routeKey", "status", "integrationStatus",
            "responseLatency", "responseLength", "error.message", "integrationErrorMessage",
        }
        used = set(re.findall(r"\$context\.([\w.]+)", json.dumps(self.logged())))
        self.assertEqual(used, allowed, "$context.path has no query string; headers and parameters are not listed")

    def test_its_metric_counts_only_what_api_gateway_refused(self):
        (transformation,) = STACK.properties("ThrottledRequests")["MetricTransformations"]
        pattern = STACK.properties("ThrottledRequests")["FilterPattern"]
        fields = set(re.findall(r"\$\.(\w+)", pattern)) | {transformation["Dimensions"][0]["Value"].removeprefix("$.")}
        self.assertEqual(fields, {"status", "integrationStatus", "stack"})
        self.assertLessEqual(fields, set(self.logged()))

    def test_it_can_be_turned_off_with_all_that_needs_it(self):
        stack = Stack(AccessLog="false")
        self.assertNotIn("AccessLogSettings", stack.properties("HttpApiStage"))
        self.assertEqual({"AccessLogs", "ThrottledRequests", "ApiThrottledAlarm"} & set(stack.resources), set())

    def test_its_group_needs_no_policy_of_the_account(self):
        self.assertTrue(STACK.properties("AccessLogs")["LogGroupName"].startswith("/aws/vendedlogs/"))


class Domain(unittest.TestCase):
    given = {"DomainName": "w.example.com", "CertificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/1"}

    def test_a_domain_is_mapped_to_the_api(self):
        stack = Stack(**self.given)
        self.assertEqual(stack.properties("ApiDomain")["DomainName"], "w.example.com")
        (configuration,) = stack.properties("ApiDomain")["DomainNameConfigurations"]
        self.assertEqual((configuration["EndpointType"], configuration["SecurityPolicy"]), ("REGIONAL", "TLS_1_2"))
        self.assertEqual(target_of(stack.properties("ApiDomainMapping")["ApiId"]), "HttpApi")
        self.assertNotIn("ApiDomainRecord", stack.resources)

    def test_a_hosted_zone_gets_the_domains_record(self):
        record = Stack(**self.given, HostedZoneId="Z01").properties("ApiDomainRecord")
        self.assertEqual((record["Name"], record["HostedZoneId"]), ("w.example.com", "Z01"))


if __name__ == "__main__":
    unittest.main()
