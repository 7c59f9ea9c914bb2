"""What an organisation brings to a stack, and the options that name it: a key, a domain, a network, a boundary, people to tell."""

import json

DOMAIN = "webhooks.example.com"
# One of the stories' accounts, with the profile that operational events need.
OPERATIONS = "standard-customer"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def network(cloud):
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="posthorn", Description="Posthorn", VpcId=vpc)["GroupId"]
    return {"SubnetIds": subnet, "SecurityGroupIds": group}


def domain(cloud):
    certificate = cloud.client("acm").request_certificate(DomainName=DOMAIN)["CertificateArn"]
    zone = cloud.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    return {"DomainName": DOMAIN, "CertificateArn": certificate, "HostedZoneId": zone.split("/")[-1]}


def options(cloud):
    """Every option that the emulator has the services for. It has no CodeDeploy, so a gradual deployment is not among them."""
    boundary = cloud.client("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(EVERYTHING))["Policy"]["Arn"]
    return {
        **network(cloud),
        **domain(cloud),
        "KmsKeyArn": cloud.client("kms").create_key()["KeyMetadata"]["Arn"],
        "PermissionsBoundaryArn": boundary,
        "AlarmTopicArn": cloud.client("sns").create_topic(Name="operators")["TopicArn"],
        "AlarmEmail": "operators@example.com",
        "PublisherAccounts": "111122223333,444455556666",
        "PublisherArns": "arn:aws:iam::111122223333:role/billing",
        "EventBusName": "default",
        "EventSources": "com.example.billing",
        "DeniedTargets": "203.0.113.0/24,internal.example.com",
        "ReservedConcurrency": 50,
        "RetryConcurrency": 7,
        "SlowConcurrency": 6,
        "OperationsAccount": OPERATIONS,
        "PortalName": "Acme webhooks",
        "PortalLogoUrl": "https://cdn.example.com/logo.svg",
        "PortalAccent": "#2a49b8",
        "PortalReturnUrl": "https://app.example.com/webhooks",
        "LogLevel": "warn",
        "SystemLogLevel": "INFO",
        "WarmWriteUnits": 5000,
    }
