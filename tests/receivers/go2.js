// The receiver of the Go2 guide ("Verifying Signatures"), as printed there, observed from outside.
'use strict';

const express = require('express');
const { listen } = require('./observe.js');

const app = express();
app.use(express.json()); // The guide's handler reads `req.body` as parsed JSON and leaves this line to the reader.

// ---- begin: the guide's code, verbatim ----
const crypto = require('crypto');
function verifyWebhook(payload, signature, secret) {
const expectedSignature = 'sha256=' + crypto
.createHmac('sha256', secret)
.update(payload)
.digest('hex');
return crypto.timingSafeEqual(
Buffer.from(signature),
Buffer.from(expectedSignature)
);
}
// In your webhook handler
app.post('/webhooks/go2', (req, res) => {
const signature = req.headers['x-webhook-signature'];
const payload = JSON.stringify(req.body);
if (!verifyWebhook(payload, signature, process.env.WEBHOOK_SECRET)) {
return res.status(401).send('Invalid signature');
}
// Process the webhook
const { event, data } = req.body;
switch (event) {
case 'click':
console.log('Link clicked:', data.linkId);
break;
case 'link.created':
console.log('Link created:', data.shortUrl);
break;
}
res.status(200).send('OK');
});
// ---- end: the guide's code, verbatim ----

listen(app);
