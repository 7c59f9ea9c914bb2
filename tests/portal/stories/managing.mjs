// What customers do with a webhook that they have, by keyboard.

import assert from "node:assert/strict";

import { isSigned } from "../lib/endpoints.mjs";
import { choose, follow, press, write } from "../lib/keyboard.mjs";
import { until } from "../lib/until.mjs";

const ORDER = ["order.paid", { amount: 1999 }];

/** A recovery of a minute, so that there is time to stop it. */
export async function a_recovery_is_started_paused_resumed_and_cancelled({ account, endpoint, visit }) {
  const customer = await account("standard");
  const target = endpoint("recovered");
  target.fail();
  const webhook = await customer.createWebhook(target, { name: "Order desk", retryDelaysSeconds: [] });
  await customer.publish(...Array(60).fill(ORDER));
  await customer.untilDeliveries(webhook.id, "failed", 60);
  target.recover();
  const visitor = await visit();
  await visitor.enter(await customer.session());
  await follow(visitor, "Order desk");
  await follow(visitor, "Recover");
  await visitor.sees("60");
  await write(visitor, "Rate", "1");
  await press(visitor, "Start recovery");
  await visitor.onPage("Recovery");
  const status = async () => (await customer.call("GET", `/webhooks/${webhook.id}/recoveries`)).data[0].status;
  await press(visitor, "Pause");
  await visitor.sees("Paused");
  assert.equal(await status(), "paused");
  await press(visitor, "Resume");
  await visitor.button("Pause").waitFor();
  await press(visitor, "Cancel recovery");
  await visitor.sees("Cancelled");
  assert.equal(await status(), "cancelled");
  assert.ok(target.requests.filter(({ headers }) => headers["x-posthorn-reason"] === "replay").length < 30, "it was stopped");
}

export async function deliveries_are_found_and_sent_again({ account, endpoint, visit }) {
  const customer = await account("standard");
  const target = endpoint("found");
  const webhook = await customer.createWebhook(target, { name: "Order desk", retryDelaysSeconds: [] });
  await customer.publish(...Array(24).fill(ORDER));
  await customer.untilDeliveries(webhook.id, "delivered", 24);
  target.answer(418, "I am a teapot");
  const [eventId] = await customer.publish(["order.refunded", { amount: 5 }]);
  await customer.untilDeliveries(webhook.id, "failed", 1);
  target.recover();
  const visitor = await visit({ javaScript: false });
  const filter = () => visitor.loading(() => visitor.button("Filter").press("Enter"));
  await visitor.enter(await customer.session());
  await follow(visitor, "Order desk");
  await follow(visitor, "Deliveries");
  await follow(visitor, "Older");
  await visitor.link("Newer").waitFor();
  await choose(visitor, "Status", "Failed");
  await filter();
  assert.match(visitor.page.url(), /[?&]status=failed/, "the filters are in the address");
  await visitor.sees(eventId);
  await follow(visitor, "Clear filters");
  await write(visitor, "Event ID", eventId);
  await filter();
  await visitor.sees("418");
  await press(visitor, "Resend");
  await visitor.onPage("Delivery");
  await target.accepted(25);
  await until("the page shows that it was delivered", async () => {
    await visitor.loading(() => visitor.page.reload());
    return (await visitor.text()).includes("Delivered");
  });
  assert.equal(target.requests.at(-1).headers["x-posthorn-reason"], "resend");
}

export async function settings_are_changed_a_secret_rotated_and_the_webhook_deleted({ account, endpoint, visit }) {
  const customer = await account("standard");
  const target = endpoint("changed");
  const { id, secret: old } = await customer.createWebhook(target, { name: "Order desk" });
  const visitor = await visit({ javaScript: false });
  await visitor.enter(await customer.session({ path: `/portal/webhooks/${id}/settings` }));
  await visitor.onPage("Settings");
  await write(visitor, "Name", "Returns desk");
  await press(visitor, "Save");
  await visitor.onPage("Settings");
  assert.equal((await customer.webhook(id)).name, "Returns desk");

  await press(visitor, "Rotate secret");
  const secret = (await visitor.page.locator("code", { hasText: /^whsec_/ }).first().textContent()).trim();
  assert.notEqual(secret, old);
  await customer.publish(ORDER);
  await target.accepted(1);
  assert.ok([old, secret].every((secret) => isSigned(target.requests[0], secret)), "both secrets sign within the grace");

  await visitor.go(`/portal/webhooks/${id}/settings`);
  await write(visitor, "Host name", "example.com");
  await press(visitor, "Delete webhook");
  await visitor.onPage("Settings");
  assert.equal((await customer.webhooks()).length, 1, "another host deletes nothing");
  await write(visitor, "Host name", "127.0.0.1");
  await press(visitor, "Delete webhook");
  await visitor.onPage("Webhooks");
  assert.deepEqual(await customer.webhooks(), []);
}
