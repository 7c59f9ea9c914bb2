// A platform's backend, which makes accounts, asks for links and publishes.

import { until } from "./until.mjs";

const BASE_PATHS = { awsys: "/api", go2: "/api/v1", standard: "/v1" };

/** Tests and resends of a story count towards one minute. */
const LIMITS = { testsPerMinute: 600, requestsPerSecond: 1000 };

export class Platform {
  constructor(ready) {
    this.origin = ready.api;
    this.operatorKey = ready.operatorKey;
  }

  async call(method, path, body, headers = {}) {
    const response = await fetch(this.origin + path, {
      method,
      headers: { authorization: `Bearer ${this.operatorKey}`, "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  async account(id, profile, name = `${id} Ltd`) {
    await this.call("PUT", `/operator/v1/accounts/${id}`, { profile, name, limits: LIMITS });
    return new Account(this, id, profile, name);
  }
}

export class Account {
  constructor(platform, id, profile, name) {
    Object.assign(this, { platform, id, profile, name });
  }

  async call(method, path, body, headers = {}) {
    const base = BASE_PATHS[this.profile];
    const answer = await this.platform.call(method, base + path, body, { "posthorn-account": this.id, ...headers });
    return this.profile === "go2" && answer.success ? answer.data : answer;
  }

  /** A session, of which the field `url` is the link. */
  session(terms = {}) {
    return this.call("POST", "/portal-sessions", terms);
  }

  endSession(id) {
    return this.call("DELETE", `/portal-sessions/${id}`);
  }

  createWebhook(endpoint, fields = {}) {
    return this.call("POST", "/webhooks", { url: endpoint.url, events: ["*"], ...fields });
  }

  webhook(id) {
    return this.call("GET", `/webhooks/${id}`);
  }

  async webhooks() {
    const page = await this.call("GET", "/webhooks?limit=100");
    return page.data ?? page.webhooks ?? page;
  }

  /** Publishes events, each `[type, data]`, and returns their ids. */
  async publish(...events) {
    const listed = events.map(([event, data, id]) => ({ event, data, ...(id && { id }) }));
    return (await this.call("POST", "/events", { events: listed })).ids;
  }

  async deliveries(webhookId, query = "") {
    const page = await this.call("GET", `/webhooks/${webhookId}/deliveries?limit=100${query}`);
    return page.data ?? page;
  }

  untilDeliveries(webhookId, status, count) {
    const listed = async () => (await this.deliveries(webhookId, `&status=${status}`)).length >= count;
    return until(`${count} ${status} deliveries of ${this.id}`, listed, 30);
  }

  untilDisabled(webhookId) {
    return until(`the webhook of ${this.id} is disabled`, async () => !(await this.webhook(webhookId)).isActive, 30);
  }
}
