// A customer's endpoints: one server, on which each path answers as its story says.

import { createHmac } from "node:crypto";
import { createServer } from "node:http";

import { until } from "./until.mjs";

export class Endpoint {
  requests = [];

  constructor(url) {
    this.url = url;
    this.recover();
  }

  /** From now on it answers so. Headers may have any bytes from 0x20 on, as binary text. */
  answer(status, body = "", headers = {}, milliseconds = 0) {
    this.now = () => ({ status, body, headers, milliseconds });
  }

  /** From now on it answers one request after the other with these statuses, over and over. */
  alternate(...answers) {
    let next = 0;
    this.now = () => {
      const [status, milliseconds = 0] = answers[next++ % answers.length];
      return { status, body: status < 300 ? "ok" : "Bad gateway", headers: {}, milliseconds };
    };
  }

  fail() {
    this.answer(503, "Down for maintenance, back at 06:00", { "content-type": "text/plain" });
  }

  recover() {
    this.answer(200, "ok");
  }

  /** Waits for so many requests with different ids that were accepted. */
  accepted(count) {
    const ids = () => new Set(this.requests.filter(({ status }) => status < 300).map(({ headers }) => headers["webhook-id"]));
    return until(`${count} deliveries accepted by ${this.url}, of which there are now ${ids().size}`, () => ids().size >= count);
  }
}

export async function startEndpoints() {
  const byPath = new Map();
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const endpoint = byPath.get(new URL(request.url, "http://any").pathname);
    if (!endpoint) return response.writeHead(404).end();
    const { status, body, headers, milliseconds } = endpoint.now();
    endpoint.requests.push({ status, headers: request.headers, body: Buffer.concat(parts) });
    setTimeout(() => response.writeHead(status, headers).end(body), milliseconds);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    /** A new endpoint at this path, which is no other story's. */
    at(path) {
      if (byPath.has(path)) throw new Error(`two stories have an endpoint at ${path}`);
      const endpoint = new Endpoint(origin + path);
      byPath.set(path, endpoint);
      return endpoint;
    },
    stop: () => { server.closeAllConnections(); server.close(); },
  };
}

/** Whether a request has the signature that a secret of the Standard Webhooks specification makes. */
export function isSigned({ headers, body }, secret) {
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(signed).digest("base64");
  return headers["webhook-signature"].split(" ").includes(`v1,${expected}`);
}
