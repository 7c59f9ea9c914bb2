// Reads a JSON array of requests from standard input and prints whether each is genuine. The other files here do the same.
'use strict';
const verify = require('../verify.js');

const requests = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const isGenuine = ({ profile, body, headers, secret }) => verify[profile](Buffer.from(body), headers, secret);
console.log(JSON.stringify(requests.map(isGenuine)));
