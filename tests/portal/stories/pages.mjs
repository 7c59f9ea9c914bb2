// Every page, full and empty, read-only and wrong: accessible in both schemes, and without scrolling sideways on a narrow screen.

import { shop } from "../lib/shop.mjs";
import { isAccessible, isNamedOnce, isNarrow } from "../lib/looks.mjs";

async function look(world, visitor, name) {
  await isNamedOnce(visitor);
  await isAccessible(visitor);
  await isNarrow(visitor);
  await world.picture(visitor, name);
  await world.picture(visitor, `${name}-dark`, { scheme: "dark" });
  await world.picture(visitor, `${name}-narrow`, { width: 390 });
}

async function lookAt(world, visitor, pages) {
  for (const [name, path, heading, status] of pages) {
    await visitor.go(path, status);
    await visitor.onPage(heading);
    await look(world, visitor, name);
  }
}

const below = ({ id }, path = "") => `/portal/webhooks/${id}${path}`;

async function firstDelivery(customer, webhook, status) {
  const [{ id }] = await customer.deliveries(webhook.id, `&status=${status}`);
  return below(webhook, `/deliveries/${id}`);
}

export async function pages_of_webhooks(world) {
  const { customer, active, disabled, recovering, slow, failing } = await world.shared(shop);
  const visitor = await world.visit();
  await visitor.enter(await customer.session({ user: "ann@northwind.example" }));
  await lookAt(world, visitor, [
    ["webhooks", "/portal/", "Webhooks"],
    ["new", "/portal/webhooks/new", "New webhook"],
    ["overview", below(active), active.name],
    ["overview-disabled", below(disabled), disabled.name],
    ["overview-failing", below(failing), failing.name],
    ["overview-recovering", below(recovering), recovering.name],
    ["settings", below(active, "/settings"), "Settings"],
    ["test", below(slow, "/test"), "Test"],
    ["event-types", "/portal/event-types", "Event types"],
  ]);
}

export async function pages_of_deliveries(world) {
  const { customer, active, disabled, recovering, failing, recovery } = await world.shared(shop);
  const visitor = await world.visit();
  await visitor.enter(await customer.session({ user: "ann@northwind.example" }));
  const [{ eventId }] = await customer.deliveries(active.id);
  await lookAt(world, visitor, [
    ["deliveries", below(active, "/deliveries"), "Deliveries"],
    ["deliveries-none", below(active, "/deliveries?status=failed"), "Deliveries"],
    ["deliveries-wrong", below(active, "/deliveries?since=yesterday"), "Deliveries", 400],
    ["delivery", await firstDelivery(customer, disabled, "failed"), "Delivery"],
    ["delivery-delivered", await firstDelivery(customer, active, "delivered"), "Delivery"],
    ["delivery-retrying", await firstDelivery(customer, failing, "retrying,failed"), "Delivery"],
    ["recover", below(active, "/recover"), "Recover"],
    ["recover-disabled", below(disabled, "/recover"), "Recover"],
    ["recovery", below(recovering, `/recoveries/${recovery.id}`), "Recovery"],
    ["events", "/portal/events", "Events"],
    ["event", `/portal/event?id=${encodeURIComponent(eventId)}`, "Event"],
  ]);
}

/** Those that the README shows: what is seen without scrolling. */
export async function pictures_of_the_readme(world) {
  const { customer, disabled } = await world.shared(shop);
  const visitor = await world.visit();
  await visitor.enter(await customer.session({ user: "ann@northwind.example" }));
  await world.picture(visitor, "readme-webhooks", { width: 390, height: 800, fullPage: false });
  await visitor.go(await firstDelivery(customer, disabled, "failed"));
  await world.picture(visitor, "readme-delivery", { scheme: "dark", height: 800, fullPage: false });
  await visitor.go(below(disabled));
  await world.picture(visitor, "readme-overview", { height: 900, fullPage: false });
}

export async function pages_for_those_who_may_only_look(world) {
  const { customer, active, disabled, recovering, recovery } = await world.shared(shop);
  const visitor = await world.visit();
  await visitor.enter(await customer.session({ readOnly: true, user: "auditor" }));
  await lookAt(world, visitor, [
    ["read-only-webhooks", "/portal/", "Webhooks"],
    ["read-only-overview", below(disabled), disabled.name],
    ["read-only-deliveries", below(active, "/deliveries"), "Deliveries"],
    ["read-only-delivery", await firstDelivery(customer, disabled, "failed"), "Delivery"],
    ["read-only-recovery", below(recovering, `/recoveries/${recovery.id}`), "Recovery"],
    ["read-only-test", below(active, "/test"), "Test"],
    ["read-only-settings", below(active, "/settings"), "Settings"],
  ]);
}

export async function pages_with_nothing_yet(world) {
  const customer = await world.account("standard", "Just Begun");
  const visitor = await world.visit();
  await visitor.go("/portal/enter");
  await visitor.onPage("Sign in");
  await look(world, visitor, "enter");
  await visitor.field("Code").fill("wrong");
  await visitor.loading(() => visitor.page.keyboard.press("Enter"));
  await look(world, visitor, "enter-refused");
  await visitor.enter(await customer.session());
  await lookAt(world, visitor, [
    ["empty-webhooks", "/portal/", "Webhooks"],
    ["empty-events", "/portal/events", "Events"],
    ["not-found", "/portal/webhooks/wh_1", "Not found", 404],
  ]);
  const webhook = await customer.createWebhook(world.endpoint("nothing"), { name: "Order desk" });
  await lookAt(world, visitor, [
    ["empty-overview", below(webhook), webhook.name],
    ["empty-deliveries", below(webhook, "/deliveries"), "Deliveries"],
    ["empty-recover", below(webhook, "/recover"), "Recover"],
  ]);
}

export async function pages_after_forms(world) {
  const customer = await world.account("standard", "Northwind Traders");
  const target = world.endpoint("forms");
  const visitor = await world.visit();
  const press = async (name) => visitor.loading(() => visitor.button(name).click());
  const session = await customer.session();
  await visitor.enter(session);

  await visitor.go("/portal/webhooks/new");
  await visitor.field("URL").fill("ftp://example.com");
  await press("Create webhook");
  await visitor.onPage("New webhook");
  await look(world, visitor, "new-refused");
  await visitor.field("URL").fill(target.url);
  await visitor.field("All events").check();
  await press("Create webhook");
  await look(world, visitor, "secret");
  await press("Send test event");
  await visitor.onPage("Test");
  await look(world, visitor, "tested");
  target.answer(401, '{"error":"bad signature"}', { "content-type": "application/json" });
  await press("Send test event");
  await visitor.onPage("Test");
  await look(world, visitor, "tested-badly");

  const [webhook] = await customer.webhooks();
  await visitor.go(below(webhook, "/settings"));
  await visitor.field("Host name").fill("example.com");
  await press("Delete webhook");
  await visitor.onPage("Settings");
  await look(world, visitor, "settings-refused");
  await press("Rotate secret");
  await look(world, visitor, "rotated");

  await visitor.go("/portal/webhooks/new");
  await visitor.field("URL").fill(target.url);
  await customer.endSession(session.id);
  await press("Create webhook");
  await visitor.onPage("Your session is over");
  await look(world, visitor, "session-over");
}
