// An endpoint dies → its webhook is disabled → the customer sees why → Enable and recover → progress → all delivered, by keyboard.

import assert from "node:assert/strict";

import { choose, follow, press } from "../lib/keyboard.mjs";
import { until } from "../lib/until.mjs";

/** Enough for a recovery that takes seconds at ten a second. */
const FAILED = 30;
const SKIPPED = 12;

export const everything_is_got_back = (world) => getBack(world, true);
export const everything_is_got_back_without_the_script = (world) => getBack(world, false);

async function getBack({ account, endpoint, visit }, javaScript) {
  const customer = await account("go2");
  const target = endpoint("down");
  const webhook = await customer.createWebhook(target, { name: "Order desk" });
  target.fail();
  const failed = await customer.publish(...clicks(FAILED));
  await customer.untilDisabled(webhook.id);
  const skipped = await customer.publish(...clicks(SKIPPED));
  await customer.untilDeliveries(webhook.id, "skipped", SKIPPED);
  target.recover();

  const visitor = await visit({ javaScript });
  await visitor.enter(await customer.session());
  await visitor.onPage("Webhooks");
  await visitor.sees("Disabled");
  await follow(visitor, "Order desk");
  await visitor.onPage("Order desk");
  for (const why of ["Disabled", "503", "12"]) await visitor.sees(why);

  await press(visitor, "Enable and recover");
  await visitor.onPage("Recovery");
  await visitor.page.getByRole("progressbar").waitFor();
  await finished(visitor);
  await target.accepted(FAILED + SKIPPED);
  assert.deepEqual(idsOf(target), new Set([...failed, ...skipped]), "what was missed has arrived, with the same ids");

  await follow(visitor, "Deliveries");
  await choose(visitor, "Status", "Failed");
  await reload(visitor);
  await visitor.sees("No deliveries for these filters");
  await follow(visitor, "Overview");
  await visitor.sees("Active");
}

const clicks = (count) => Array.from({ length: count }, (_, index) => ["click", { linkId: `lnk_${index}`, country: "DE" }]);

/** Go2's own header has the event's id after the webhook's. */
function idsOf(target) {
  const accepted = target.requests.filter(({ status }) => status < 300);
  return new Set(accepted.map(({ headers }) => headers["x-webhook-id"].split(".").slice(1).join(".")));
}

/** With the script the page says by itself that it is over. */
async function finished(visitor) {
  if (visitor.javaScript) return visitor.sees("Finished");
  await until("the recovery is finished", async () => {
    await visitor.loading(() => visitor.page.reload());
    return (await visitor.text()).includes("Finished");
  }, 40);
}

/** A filter is sent by Enter. */
async function reload(visitor) {
  await visitor.loading(() => visitor.button("Filter").press("Enter"));
}
