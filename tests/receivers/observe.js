// What every receiver here has in common: it listens on loopback and reports to the test on standard output, one JSON object
// a line. The first is `{"ready":<port>}`. Then comes `{"status","headers","bodyBase64"}` after the response to each request.
// `status` is null when the sender closed the connection before the response was sent.
//
//   WEBHOOK_SECRET   the signing secret, read again for every request
//   PORT             default 0: any free port
//   --stdin          reads `{"secret":"…"}` lines from standard input and confirms each with `{"secretSet":true}`: a secret
//                    may be known only after the webhook, and so the port, exists. The receiver ends when standard input
//                    ends, so that no receiver outlives its test
'use strict';

const http = require('node:http');
const readline = require('node:readline');

function report(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

// Both guides' handlers may log as they like; standard output belongs to the test.
console.log = console.error;

// Reads the body without consuming it: every 'data' listener of a stream gets every chunk, and the parsers of Express attach
// theirs in the same tick, before the stream starts to flow.
function record(req, res) {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  const read = new Promise((resolve) => req.on('close', resolve));
  const responded = new Promise((resolve) => res.on('close', resolve));
  Promise.all([read, responded]).then(() =>
    report({
      status: res.writableFinished ? res.statusCode : null,
      headers: req.headers,
      bodyBase64: Buffer.concat(chunks).toString('base64'),
    }),
  );
}

function listen(app) {
  if (process.argv.includes('--stdin')) {
    readline
      .createInterface({ input: process.stdin })
      .on('line', (line) => {
        process.env.WEBHOOK_SECRET = JSON.parse(line).secret;
        report({ secretSet: true });
      })
      .on('close', () => process.exit(0));
  }
  const server = http.createServer((req, res) => {
    record(req, res);
    app(req, res);
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => report({ ready: server.address().port }));
}

module.exports = { listen };
