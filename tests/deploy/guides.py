"""The two platforms' guides: their commands as they are printed there. Only host, key and the example's id are ours."""

AWSYS_CREATE = """curl -X POST https://awsys.co/api/webhooks \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"url": "https://your-server.com/webhooks/awsys",
"events": ["link.click", "link.created", "link.deleted"],
"secret": "your-signing-secret"
}'"""

GO2_CREATE = """curl -X POST https://api.go2.gg/api/v1/webhooks \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"name": "Click Tracker",
"url": "https://your-server.com/webhooks/go2",
"events": ["click", "link.created"]
}'"""

GO2_DELIVERIES = """curl https://api.go2.gg/api/v1/webhooks/wh_abc123/deliveries \\
-H "Authorization: Bearer YOUR_API_KEY\""""

HOSTS = ("https://awsys.co", "https://api.go2.gg")


def addressed(command, api, key, webhook=""):
    """A guide's command for this installation."""
    for host in HOSTS:
        command = command.replace(host, api)
    return command.replace("YOUR_API_KEY", key).replace("wh_abc123", webhook)
