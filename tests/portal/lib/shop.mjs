// An account in which much has happened: what most pages are looked at with.

import { until } from "./until.mjs";

const ANSWERS = [[200, 60], [200, 140], [200, 35], [200, 90], [502, 20], [200, 210], [200, 45], [200, 320]];
const CLICK = { linkId: "lnk_8Qw2", slug: "spring-sale", domain: "go2.gg", destinationUrl: "https://example.com/sale", country: "DE" };

/** Makes it. Each webhook gets an event type of its own, and is in another state. */
export async function shop({ account, endpoint }) {
  const customer = await account("go2", "Northwind Traders");
  const webhook = async (name, path, event) => {
    const target = endpoint(path);
    return { target, event, ...(await customer.createWebhook(target, { name, events: [event] })) };
  };
  const active = await webhook("Click tracker", "clicks", "click");
  const disabled = await webhook("Order desk", "orders", "link.created");
  const recovering = await webhook("Warehouse", "stock", "link.updated");
  const slow = await webhook("Nightly export", "export", "qr.scanned");
  const failing = await webhook("Old CRM", "crm", "domain.verified");

  active.target.alternate(...ANSWERS);
  disabled.target.alternate([200, 80], [200, 130], [200, 40], [200, 100], [200, 260]);
  recovering.target.answer(500, "<h1>Internal Server Error</h1>", { "content-type": "text/html" });
  slow.target.answer(200, "ok", {}, 3200);
  failing.target.answer(404, "no such hook");
  const publish = (webhook, count) => customer.publish(...Array.from({ length: count }, (_, number) => [webhook.event, { ...CLICK, number }]));
  await publish(disabled, 20);
  await publish(recovering, 24);
  await publish(slow, 2);
  await publish(failing, 1);
  for (let batch = 0; batch < 4; batch += 1) await publish(active, 9);

  await customer.untilDeliveries(disabled.id, "delivered", 20);
  disabled.target.fail();
  await publish(disabled, 24);
  await customer.untilDisabled(disabled.id);
  await publish(disabled, 7);
  await customer.untilDeliveries(recovering.id, "failed", 24);
  const recovery = await recover(customer, recovering);
  await customer.untilDeliveries(disabled.id, "skipped", 7);
  await customer.untilDeliveries(active.id, "delivered", 36);
  await until("the failing endpoint has failed three times", async () => (await customer.webhook(failing.id)).health === "failing", 40);
  return { customer, active, disabled, recovering, slow, failing, recovery };
}

/** A recovery that is paused in the middle. */
async function recover(customer, webhook) {
  const path = `/webhooks/${webhook.id}`;
  webhook.target.recover();
  await customer.call("PATCH", path, { isActive: true });
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const recovery = await customer.call("POST", `${path}/recoveries`, { since, rate: 2 });
  await until("some of it is delivered", async () => (await customer.call("GET", `${path}/recoveries/${recovery.id}`)).counts.delivered > 4);
  return customer.call("POST", `${path}/recoveries/${recovery.id}/pause`, {});
}
