// Text of customers, publishers and receivers that tries to run, to turn other text around, or to break the page.

import assert from "node:assert/strict";

import { BIDI, BODY, LONG, MARKUP, misdeeds, nested } from "../lib/hostile.mjs";
import { isNarrow } from "../lib/looks.mjs";
import { until } from "../lib/until.mjs";

/** What the API takes as a name, which has at most 200 characters. */
const NAME = `${MARKUP}${BIDI}`.padEnd(200, "W").slice(0, 200);
const EVENT = `a.${"b".repeat(126)}`;
const EVENT_ID = `"'><script>hit=1</script>&?#`.padEnd(128, "W");

/** As bytes, since headers are. */
const HEADER = Buffer.from(`<script>hit=1</script>${BIDI}${"W".repeat(300)}`).toString("binary");

export async function hostile_text_stays_text(world) {
  const customer = await world.account("standard", `${MARKUP}${BIDI}`.slice(0, 200));
  const target = world.endpoint("hostile");
  const url = `${target.url}?q=${encodeURIComponent(MARKUP)}&long=`.padEnd(2048, "w");
  const webhook = await customer.createWebhook({ url }, {
    name: NAME,
    events: [EVENT, "*"],
    retryDelaysSeconds: [],
    headers: { [`x-${"h".repeat(62)}`]: `<script>hit=1</script>${"W".repeat(1000)}` },
    filter: { event: [EVENT, "webhook.test", "nested", "</textarea><script>hit=1</script>"] },
  });
  target.answer(500, BODY, { server: HEADER, location: `javascript:hit=1//${HEADER}`, "content-type": HEADER, "x-request-id": MARKUP });
  await customer.publish([EVENT, { [MARKUP]: `${BIDI}\0${LONG}` }, EVENT_ID]);
  await customer.publish(["nested", nested(240_000)]);
  await customer.untilDeliveries(webhook.id, "failed", 2);
  const visitor = await world.visit();
  await visitor.enter(await customer.session({ user: `${MARKUP}${BIDI}`.slice(0, 128) }));
  const base = `/portal/webhooks/${webhook.id}`;
  const deliveries = await customer.deliveries(webhook.id);
  const paths = ["/portal/", base, "/portal/events", `/portal/event?id=${encodeURIComponent(EVENT_ID)}`, "/portal/event-types",
    ...["/deliveries", "/test", "/recover", "/settings"].map((path) => base + path),
    ...deliveries.map(({ id }) => `${base}/deliveries/${id}`)];
  for (const path of paths) {
    await visitor.go(path);
    await isHarmless(world, visitor, path.replaceAll(/\W+/g, "-").slice(-60));
  }
  await typeHostileText(world, visitor, base, deliveries[0].id);
  assert.equal((await customer.webhook(webhook.id)).name, NAME, "a page shows and keeps it");
}

/** What people type comes back on the page that refuses it. */
async function typeHostileText(world, visitor, base, deliveryId) {
  const query = new URLSearchParams({ status: MARKUP, event: BODY, since: BODY, until: MARKUP, eventId: BODY });
  for (const path of [`${base}/deliveries?${query}`, `/portal/events?${query}`]) {
    await visitor.page.goto(path);
    await isHarmless(world, visitor, `typed-${path.length}`);
  }
  await visitor.go("/portal/webhooks/new");
  for (const label of ["URL", "Name", "Signing secret"]) await visitor.field(label).fill(BODY);
  await visitor.loading(() => visitor.button("Create webhook").click());
  await isHarmless(world, visitor, "typed-new");
  await visitor.go(`${base}/test`);
  await visitor.loading(() => visitor.button("Send test event").click());
  await isHarmless(world, visitor, "tested");
  await visitor.go(`${base}/deliveries/${deliveryId}`);
  await visitor.loading(() => visitor.button("Resend").click());
  await until("the answer to the resend is there", async () => {
    await visitor.loading(() => visitor.page.reload());
    return (await visitor.text()).includes("Attempt 2");
  });
  await isHarmless(world, visitor, "resent");
}

async function isHarmless(world, visitor, name) {
  await visitor.page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
  assert.deepEqual(await visitor.page.evaluate(misdeeds), [], `what hostile text does on ${visitor.page.url().slice(0, 200)}`);
  await isNarrow(visitor);
  await world.picture(visitor, `hostile-${name}`, { width: 390, fullPage: false });
}
