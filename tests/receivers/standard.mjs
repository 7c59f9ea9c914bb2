// A receiver that trusts nothing but the official Standard Webhooks library for JavaScript.
// WEBHOOK_SECRET_FORMAT=raw takes the secret's bytes as the key instead of decoding `whsec_` + base64.
import { Webhook } from 'standardwebhooks';
import { listen } from './observe.js';

function verify(body, headers) {
  const secret = process.env.WEBHOOK_SECRET;
  const raw = process.env.WEBHOOK_SECRET_FORMAT === 'raw';
  const webhook = raw ? new Webhook(Buffer.from(secret, 'utf8'), { format: 'raw' }) : new Webhook(secret);
  webhook.verify(body, headers);
}

listen((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    try {
      verify(Buffer.concat(chunks), req.headers);
      res.writeHead(200).end('OK');
    } catch (error) {
      console.error(`rejected: ${error.message}`);
      res.writeHead(401).end('Invalid signature');
    }
  });
});
