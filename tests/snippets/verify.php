<?php
// PHP 8, no packages. $body is the raw body (file_get_contents('php://input')), $headers have lower-case names:
// array_change_key_case(getallheaders()). hash_equals compares the lengths first, then in constant time.

function awsys(string $body, array $headers, string $secret): bool
{
    return hash_equals(hash_hmac('sha256', $body, $secret), $headers['x-awsys-signature'] ?? '');
}

function go2(string $body, array $headers, string $secret): bool
{
    return hash_equals('sha256=' . hash_hmac('sha256', $body, $secret), $headers['x-webhook-signature'] ?? '');
}

function standard(string $body, array $headers, string $secret, ?int $now = null): bool
{
    [$id, $time] = [$headers['webhook-id'] ?? '', $headers['webhook-timestamp'] ?? ''];
    if (!ctype_digit($time) || abs(($now ?? time()) - (int) $time) > 300) {
        return false; // an old request sent again
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}
