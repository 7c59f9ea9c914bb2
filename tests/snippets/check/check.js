// Reads a JSON array of requests on standard input and prints whether each is genuine. So do the other files here.
'use strict';
const verify = require('../verify.js');

const requests = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const judge = ({ profile, body, headers, secret }) => verify[profile](Buffer.from(body), headers, secret);
console.log(JSON.stringify(requests.map(judge)));
