// What every receiver here has in common: it listens on loopback and tells the test, on standard output, one JSON object
// per line. First `{"ready":<port>}`, then for every request `{"status","headers","bodyBase64"}`, once it has been answered.
// `status` is null when the sender went away before the answer was out.
//
//   WEBHOOK_SECRET   the signing secret, read anew for every request
//   PORT             default 0: any free port
//   --stdin          reads `{"secret":"…"}` lines from standard input, each answered `{"secretSet":true}` (a secret may only be
//                    known after the webhook, and so the port, exists), and ends when standard input does, so that no
//                    receiver outlives its test
'use strict';

const http = require('node:http');
const readline = require('node:readline');

function tell(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

// Both guides' handlers may log as they like; standard output belongs to the test.
console.log = console.error;

// Reads along without taking anything away: every 'data' listener of a stream gets every chunk, and the parsers of Express
// attach theirs in the same tick, before the stream starts to flow.
function record(req, res) {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  const read = new Promise((resolve) => req.on('close', resolve));
  const answered = new Promise((resolve) => res.on('close', resolve));
  Promise.all([read, answered]).then(() =>
    tell({
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
        tell({ secretSet: true });
      })
      .on('close', () => process.exit(0));
  }
  const server = http.createServer((req, res) => {
    record(req, res);
    app(req, res);
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => tell({ ready: server.address().port }));
}

module.exports = { listen };
