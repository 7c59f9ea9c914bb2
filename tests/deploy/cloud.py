"""AWS as ministack emulates it, on a free loopback port, and the stack deployed to it by SAM."""

import json
import os
import pathlib
import platform
import socket
import subprocess
import sys
import urllib.request

import boto3

from template import ROOT
from waiting import until

STACK = "posthorn"
REGION = "us-east-1"
BUCKET = "artifacts"
BIN = pathlib.Path(sys.executable).parent
# What the emulator's authorisation calls what AWS authorises as sqs:SendMessage.
BATCH = "sqs:SendMessageBatch"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def command(name):
    """A program that was installed beside this Python."""
    path = BIN / name
    return str(path) if path.exists() else name


class Cloud:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # Dummy credentials; those of the account's root, whom the emulator lets do everything. The functions get their roles'.
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
        }

    def start(self):
        # AUTH: requests are allowed or denied by the callers' policies.
        settings = {"GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "AUTH": "true", "IOT_MTLS_ENABLED": "0"}
        # It unpacks the functions' code there.
        settings["TMPDIR"] = str(self.folder)
        environment = {**self.environment, **settings}
        self.log = open(self.folder / "ministack.log", "w")
        emulator = [sys.executable, ROOT / "tests/deploy/emulator.py"]
        self.process = subprocess.Popen(emulator, env=environment, cwd=self.folder, stdout=self.log, stderr=self.log)
        until("ministack answers", self.answers)
        with urllib.request.urlopen(f"{self.url}/_ministack/health") as health:
            assert json.load(health)["auth"] == "enabled"
        self.client("s3").create_bucket(Bucket=BUCKET)

    def answers(self):
        assert self.process.poll() is None, "ministack ended"
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def run(self, *arguments):
        """A command with this cloud as its AWS; returns what it printed."""
        ran = self.attempt(*arguments)
        assert ran.returncode == 0, f"{' '.join(map(str, arguments))}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def attempt(self, *arguments):
        return subprocess.run([str(argument) for argument in arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True)

    def deploy(self, **parameters):
        """What `sam build` made, with these parameters; everything else by its default."""
        self.run(*self.deployment(parameters))
        self.adjust_mappings()
        self.adjust_roles()
        return self.outputs()

    def refused(self, **parameters):
        """What a deployment with these parameters says when CloudFormation refuses it."""
        ran = self.attempt(*self.deployment(parameters))
        assert ran.returncode != 0, f"{parameters} were accepted\n{ran.stdout}"
        return ran.stdout + ran.stderr

    def deployment(self, parameters):
        given = {"Architecture": architecture(), **parameters}
        return (
            command("sam"), "deploy", "--config-file", no_defaults(self.folder), "--template", ROOT / ".aws-sam/build/template.yaml",
            "--stack-name", STACK, "--region", REGION, "--s3-bucket", BUCKET, "--capabilities", "CAPABILITY_IAM",
            "--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", *(f"{name}={value}" for name, value in given.items()),
        )

    def adjust_mappings(self):
        """The emulator takes `!Ref` of a number for text, and its poller stumbles over it."""
        functions = self.client("lambda")
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            wanted = int(mapping["ScalingConfig"]["MaximumConcurrency"])
            functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": wanted})

    def adjust_roles(self):
        """Wherever a role allows sqs:SendMessage, the emulator asks for an action of its own for batches, which AWS does not have."""
        iam = self.client("iam")
        for role in iam.list_roles()["Roles"]:
            name = role["RoleName"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                document = json.loads(document) if isinstance(document, str) else document
                for statement in document["Statement"]:
                    if statement["Action"] == "sqs:SendMessage":
                        statement["Action"] = ["sqs:SendMessage", BATCH]
                iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))

    def outputs(self):
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def remains(self):
        """What there is of tables, queues and functions."""
        return (
            self.client("dynamodb").list_tables()["TableNames"],
            self.client("sqs").list_queues().get("QueueUrls", []),
            [function["FunctionName"] for function in self.client("lambda").list_functions()["Functions"]],
        )

    def logs(self, function):
        """The lines of a function's log that are JSON: its own, and its metrics."""
        logs, group = self.client("logs"), f"/posthorn/{STACK}/{function}"
        events = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        messages = [event["message"] for page in events for event in page["events"]]
        lines = [line for message in messages for line in message.splitlines()]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def metric(self, function, name):
        """All values that a function's metric lines have of a metric."""
        lines = [line for line in self.logs(function) if "_aws" in line]
        values = [line[name] for line in lines if name in line]
        return [value for entry in values for value in (entry if isinstance(entry, list) else [entry])]


def no_defaults(folder):
    """A configuration of SAM that says nothing: what a test gives is all there is."""
    path = pathlib.Path(folder) / "samconfig.toml"
    path.write_text("version = 0.1\n")
    return str(path)


def architecture():
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
