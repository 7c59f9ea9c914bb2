// Node, no packages. `body` is the raw body (a Buffer), `headers` have lower-case names.
'use strict';
const { createHmac, timingSafeEqual } = require('node:crypto');

const hmac = (key, data, encoding) => createHmac('sha256', key).update(data).digest(encoding);

function same(given, expected) {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b); // it throws when lengths differ
}

function awsys(body, headers, secret) {
  return same(headers['x-awsys-signature'], hmac(secret, body, 'hex'));
}

function go2(body, headers, secret) {
  return same(headers['x-webhook-signature'], 'sha256=' + hmac(secret, body, 'hex'));
}

function standard(body, headers, secret, now = Date.now() / 1000) {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = headers;
  if (!id || !signatures || !(Math.abs(now - Number(time)) <= 300)) return false; // an old request sent again
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = 'v1,' + hmac(key, Buffer.concat([Buffer.from(`${id}.${time}.`), body]), 'base64');
  return signatures.split(' ').some((signature) => same(signature, expected));
}

module.exports = { awsys, go2, standard };
