// The receiver of the AWSYS guide ("Signature Verification"), as printed there, observed from outside.
'use strict';

const express = require('express');
const { listen } = require('./observe.js');

const app = express();

// ---- begin: the guide's code, verbatim ----
const crypto = require('crypto');
function verifySignature(rawBody, secret, signatureHeader) {
const sig = crypto
.createHmac('sha256', secret)
.update(rawBody)
.digest('hex');
if (sig !== signatureHeader) {
throw new Error('Invalid signature');
}
}
// Express.js example
app.post('/webhooks/awsys', express.raw({ type: 'application/json' }), (req, res) => {
verifySignature(
req.body,
process.env.WEBHOOK_SECRET,
req.headers['x-awsys-signature']
);
const event = JSON.parse(req.body);
// handle event...
res.sendStatus(200);
});
// ---- end: the guide's code, verbatim ----

listen(app);
