#!/usr/bin/env python3
"""Parameters, the rules between them, and what each option changes. The other test_*.py have queues, roles, alarms and the API."""

import json
import re
import unittest

from stack import FUNCTIONS, TEMPLATE, Stack
from template import ROOT

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/1234"


class Parameters(unittest.TestCase):
    def test_each_has_default_description_bounds_and_a_group(self):
        groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        grouped = [name for group in groups for name in group["Parameters"]]
        self.assertEqual(sorted(grouped), sorted(TEMPLATE["Parameters"]))
        for name, parameter in TEMPLATE["Parameters"].items():
            with self.subTest(parameter=name):
                self.assertIn("Default", parameter)
                self.assertGreater(len(parameter["Description"]), 20)
                bounds = {"AllowedValues", "AllowedPattern"} & set(parameter)
                self.assertTrue(bounds or {"MinValue", "MaxValue"} <= set(parameter))
                if "AllowedPattern" in parameter:
                    self.assertRegex(parameter["Default"], parameter["AllowedPattern"])

    def test_patterns_accept_what_they_describe_and_no_more(self):
        for name, good, bad in (
            ("PublisherArns", "arn:aws:iam::111122223333:role/a,arn:aws:iam::111122223333:user/b/c", "arn:aws:iam::1:role/a"),
            ("PublisherAccounts", "111122223333,444455556666", "111122223333, 444455556666"),
            ("DeniedTargets", "203.0.113.0/24,2001:db8::/32,internal.example.com", "a b"),
            ("DomainName", "webhooks.example.com", "https://webhooks.example.com"),
            ("CertificateArn", CERTIFICATE, "1234"),
            ("HostedZoneId", "Z0123456789ABC", "/hostedzone/Z0123456789ABC"),
            ("AlarmEmail", "operators@example.com", "operators"),
            ("KmsKeyArn", KEY, "alias/posthorn"),
            ("SubnetIds", "subnet-0a1b2c3d,subnet-0a1b2c3e", "subnet-0a1b2c3d, subnet-0a1b2c3e"),
            ("SecurityGroupIds", "sg-0a1b2c3d", "default"),
            ("PermissionsBoundaryArn", BOUNDARY, "boundary"),
            ("Release", "v1.2.0+343fb8b", "release one"),
            ("OperationsAccount", "operations.eu_1-a", "-operations"),
            ("OperationsAccount", "o" * 64, "o" * 65),
            ("PortalName", "Acme webhooks", "a" * 65),
            ("PortalLogoUrl", "https://cdn.example.com/logo.svg", "http://cdn.example.com/logo.svg"),
            ("PortalAccent", "#2a49b8", "blue"),
            ("PortalReturnUrl", "https://app.example.com/settings?tab=webhooks", "javascript:alert(1)"),
            ("PublicUrl", "https://hooks.example.com", "https://hooks.example.com/portal"),
            ("PublicUrl", "https://hooks.example.com:8443", "https://hooks.example.com:"),
        ):
            pattern = TEMPLATE["Parameters"][name]["AllowedPattern"]
            self.assertRegex(good, pattern, name)
            self.assertNotRegex(bad, pattern, name)

    def test_wrong_combinations_are_refused_before_anything_changes(self):
        for given, rule in (
            ({"EventBusName": "default"}, "EventBusNeedsSources"),
            ({"EventSources": "com.example"}, "EventSourcesNeedBus"),
            ({"DomainName": "w.example.com"}, "DomainNeedsCertificate"),
            ({"CertificateArn": CERTIFICATE}, "CertificateNeedsDomain"),
            ({"HostedZoneId": "Z01"}, "HostedZoneNeedsDomain"),
            ({"SubnetIds": "subnet-0a1b2c3d"}, "SubnetsNeedSecurityGroups"),
            ({"SecurityGroupIds": "sg-0a1b2c3d"}, "SecurityGroupsNeedSubnets"),
            ({"DeploymentPreference": "Canary10Percent5Minutes"}, "GradualDeploymentNeedsRelease"),
        ):
            self.assertEqual(Stack(**given).refusals(), {rule})
        self.assertEqual(len(TEMPLATE["Rules"]), 8)

    def test_right_combinations_are_accepted(self):
        self.assertEqual(Stack().refusals(), set())
        everything = Stack(
            EventBusName="default", EventSources="com.example", DomainName="w.example.com", CertificateArn=CERTIFICATE,
            HostedZoneId="Z01", SubnetIds="subnet-0a1b2c3d", SecurityGroupIds="sg-0a1b2c3d",
            DeploymentPreference="Canary10Percent5Minutes", Release="v1",
        )
        self.assertEqual(everything.refusals(), set())

    def test_every_refusal_says_what_to_do(self):
        for rule in TEMPLATE["Rules"].values():
            for assertion in rule["Assertions"]:
                self.assertRegex(assertion["AssertDescription"], r"^\w+ is .* (but|empty).*\. (Name|Give) ")


class Defaults(unittest.TestCase):
    def test_the_defaults_leave_every_option_off(self):
        kinds = {resource["Type"] for resource in Stack().resources.values()}
        for kind in (
            "AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::CodeDeploy::Application", "AWS::IAM::ManagedPolicy",
            "AWS::ApiGatewayV2::DomainName", "AWS::Route53::RecordSet", "AWS::SNS::Topic",
        ):
            self.assertNotIn(kind, kinds)
        for name in FUNCTIONS:
            properties = set(Stack().function(name))
            self.assertEqual(properties & {"VpcConfig", "KmsKeyArn", "ReservedConcurrentExecutions"}, set())

    def test_settings_for_tests_reach_the_functions_only_if_given(self):
        for variable, parameter, value in (("ALLOWED_TARGETS", "AllowedTargets", "127.0.0.0/8"), ("RETRY_SCALE", "RetryScale", "0.1")):
            self.assertNotIn(variable, Stack().variables())
            self.assertEqual(Stack(**{parameter: value}).variables()[variable], value)

    def test_the_operations_account_reaches_the_functions_only_if_given(self):
        self.assertNotIn("OPERATIONS_ACCOUNT", Stack().variables())
        self.assertEqual(Stack(OperationsAccount="operations").variables()["OPERATIONS_ACCOUNT"], "operations")

    def test_the_portals_settings_reach_the_api_only_and_only_if_given(self):
        given = {
            "PORTAL_NAME": ("PortalName", "Acme"), "PORTAL_LOGO_URL": ("PortalLogoUrl", "https://cdn.example.com/logo.svg"),
            "PORTAL_ACCENT": ("PortalAccent", "#2a49b8"), "PORTAL_RETURN_URL": ("PortalReturnUrl", "https://app.example.com/"),
            "PUBLIC_URL": ("PublicUrl", "https://hooks.example.com"),
        }
        own = {variable: value for variable, (_, value) in given.items()}
        stack = Stack(**dict(given.values()))
        self.assertEqual(stack.function("api")["Environment"]["Variables"], own)
        self.assertEqual(Stack().function("api").get("Environment", {}).get("Variables", {}), {})
        self.assertEqual(set(stack.variables()) & set(own), set())
        self.assertIn("hooks.example.com", json.dumps(stack.variables()["DENIED_TARGETS"]))

    def test_lambda_logs_no_lines_of_its_own_and_drops_none_of_ours(self):
        for name in FUNCTIONS:
            logging = Stack().function(name)["LoggingConfig"]
            self.assertEqual((logging["LogFormat"], logging["SystemLogLevel"]), ("JSON", "WARN"))
            # Lambda takes a line without a level, such as one of metrics, for INFO.
            self.assertEqual(logging["ApplicationLogLevel"], "TRACE")


class Options(unittest.TestCase):
    def test_one_key_encrypts_everything_that_is_stored(self):
        stack = Stack(KmsKeyArn=KEY)
        sse = stack.properties("Table")["SSESpecification"]
        self.assertEqual(sse, {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY})
        for name, queue in stack.of_type("AWS::SQS::Queue").items():
            self.assertEqual(queue["KmsMasterKeyId"], KEY, name)
            self.assertIs(queue["SqsManagedSseEnabled"], False, "SQS accepts one of the two")
        for name, group in stack.of_type("AWS::Logs::LogGroup").items():
            self.assertEqual(group["KmsKeyId"], KEY, name)
        for name in FUNCTIONS:
            self.assertEqual(stack.function(name)["KmsKeyArn"], KEY)
            self.assertEqual(stack.properties(f"{name.capitalize()}Role")["ManagedPolicyArns"], [{"Ref": "EncryptionPolicy"}])
        (statement,) = stack.properties("EncryptionPolicy")["PolicyDocument"]["Statement"]
        self.assertEqual(statement["Resource"], KEY)

    def test_subnets_put_every_function_into_the_vpc(self):
        stack = Stack(SubnetIds="subnet-0a,subnet-0b", SecurityGroupIds="sg-0c")
        for name in FUNCTIONS:
            vpc = stack.function(name)["VpcConfig"]
            self.assertEqual(vpc, {"SubnetIds": ["subnet-0a", "subnet-0b"], "SecurityGroupIds": ["sg-0c"]})
            self.assertEqual(stack.properties(f"{name.capitalize()}Role")["ManagedPolicyArns"], [{"Ref": "NetworkPolicy"}])

    def test_a_permissions_boundary_is_on_every_role(self):
        stack = Stack(PermissionsBoundaryArn=BOUNDARY, DeploymentPreference="Linear10PercentEvery1Minute", Release="v1")
        roles = stack.of_type("AWS::IAM::Role")
        self.assertEqual(len(roles), 4)
        for name, role in roles.items():
            self.assertEqual(role["PermissionsBoundary"], BOUNDARY, name)
        for role in Stack().of_type("AWS::IAM::Role").values():
            self.assertNotIn("PermissionsBoundary", role)

    def test_reserved_concurrency_is_for_the_api_only(self):
        stack = Stack(ReservedConcurrency=50)
        self.assertEqual(stack.function("api")["ReservedConcurrentExecutions"], "50")
        for name in ("intake", "delivery"):
            self.assertNotIn("ReservedConcurrentExecutions", stack.function(name), "the mappings have their own limits")

    def test_webhooks_may_never_point_to_this_api(self):
        own = "${HttpApi}.execute-api.<Region>.<URLSuffix>"
        self.assertEqual(Stack().variables()["DENIED_TARGETS"], {"Fn::Join": [",", [{"Fn::Sub": own}]]})
        stack = Stack(DomainName="w.example.com", CertificateArn=CERTIFICATE, DeniedTargets="203.0.113.0/24,internal.example.com")
        ((_, parts),) = stack.variables()["DENIED_TARGETS"].values()
        self.assertEqual(parts, [{"Fn::Sub": own}, "w.example.com", "203.0.113.0/24,internal.example.com"])


class GradualDeployments(unittest.TestCase):
    stack = Stack(DeploymentPreference="Canary10Percent5Minutes", Release="v1.2.0")

    def test_a_new_release_publishes_a_version_of_each_function(self):
        for name in FUNCTIONS:
            version = self.stack.resources[f"{name.capitalize()}Version"]
            self.assertEqual(version["Properties"]["Description"], "v1.2.0")
            self.assertEqual(version["UpdateReplacePolicy"], "Retain", "a rollback needs the version before")

    def test_everything_that_invokes_goes_through_the_alias(self):
        def invoked(stack):
            mappings = stack.of_type("AWS::Lambda::EventSourceMapping").values()
            permissions = stack.of_type("AWS::Lambda::Permission").values()
            yield from (one["FunctionName"] for one in (*mappings, *permissions))
            yield from (target["Arn"] for target in stack.properties("MinuteSchedule")["Targets"])
            yield stack.properties("HttpApiIntegration")["IntegrationUri"]

        self.assertEqual({str(one)[2:5] for one in invoked(self.stack)}, {"Ref"})
        self.assertEqual({one["Ref"] for one in invoked(self.stack)}, {"ApiAlias", "IntakeAlias", "DeliveryAlias"})
        directly = {one["Fn::GetAtt"][0] for one in invoked(Stack())}
        self.assertEqual(directly, {"ApiFunction", "IntakeFunction", "DeliveryFunction"})

    def test_a_functions_error_alarm_takes_its_release_back(self):
        for name in map(str.capitalize, FUNCTIONS):
            group = self.stack.properties(f"{name}Deployments")
            self.assertEqual(group["AlarmConfiguration"]["Alarms"], [{"Name": {"Ref": f"{name}ErrorsAlarm"}}])
            self.assertIn("DEPLOYMENT_STOP_ON_ALARM", group["AutoRollbackConfiguration"]["Events"])
            self.assertEqual(group["DeploymentConfigName"], "CodeDeployDefault.LambdaCanary10Percent5Minutes")
            update = self.stack.resources[f"{name}Alias"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
            self.assertEqual(update["DeploymentGroupName"], {"Ref": f"{name}Deployments"})


class Builds(unittest.TestCase):
    def test_a_panic_unwinds_in_what_ships(self):
        # cargo-lambda builds with `panic = "abort"` unless the manifest says otherwise, and then a panic costs a whole batch.
        manifest = (ROOT / "Cargo.toml").read_text()
        release = manifest.split("[profile.release]")[1].split("\n[")[0]
        self.assertRegex(release, r'(?m)^panic = "unwind"$')

    def test_what_ships_has_no_symbols(self):
        # Cargo lets a package that the profile has settings for keep its symbols, unless these say so again.
        manifest = (ROOT / "Cargo.toml").read_text()
        release, packages = (
            manifest.split(f"[{section}]\n")[1].split("\n[")[0] for section in ("profile.release", "profile.release.package")
        )
        self.assertRegex(release, r'(?m)^strip = "symbols"$')
        settings = [line for line in packages.splitlines() if re.match(rf"({'|'.join(FUNCTIONS)})\b", line)]
        self.assertEqual(settings, ['api = { opt-level = "z", strip = "symbols" }'])

    def test_each_function_is_built_from_its_own_binary(self):
        for name in FUNCTIONS:
            metadata = TEMPLATE["Resources"][f"{name.capitalize()}Function"]["Metadata"]
            self.assertEqual((metadata["BuildMethod"], metadata["BuildProperties"]), ("rust-cargolambda", {"Binary": name}))
        self.assertEqual(TEMPLATE["Globals"]["Function"]["Runtime"], "provided.al2023")
        self.assertEqual(TEMPLATE["Parameters"]["Architecture"]["Default"], "arm64")

    def test_every_exception_from_checkov_has_its_reason(self):
        text = (ROOT / "template.yaml").read_text()
        skips = re.findall(r"\{ id: (CKV_\w+)(, comment: \".{20,}?\")? \}|\[\{ id: (CKV_\w+)(, comment: \".{20,}?\")?\}\]", text)
        self.assertTrue(skips)
        for skip in skips:
            self.assertTrue(skip[1] or skip[3], skip)


if __name__ == "__main__":
    unittest.main()
