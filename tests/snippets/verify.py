# Python 3, no packages. `body` is the raw body (bytes), `headers` have lower-case names.
import base64
import hashlib
import hmac
import time


def same(given, expected):
    given, expected = given.encode(), expected.encode()
    return len(given) == len(expected) and hmac.compare_digest(given, expected)


def awsys(body, headers, secret):
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return same(headers.get("x-awsys-signature", ""), expected)


def go2(body, headers, secret):
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return same(headers.get("x-webhook-signature", ""), expected)


def standard(body, headers, secret, now=None):
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    now = time.time() if now is None else now
    if not (timestamp.isascii() and timestamp.isdigit() and abs(now - int(timestamp)) <= 300):
        return False  # an old request sent again
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(same(signature, expected) for signature in headers.get("webhook-signature", "").split(" "))
