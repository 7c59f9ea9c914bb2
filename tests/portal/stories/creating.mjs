// A link from the API → create → the secret once → test, by keyboard.

import assert from "node:assert/strict";

import { isSigned } from "../lib/endpoints.mjs";
import { check, follow, press, write } from "../lib/keyboard.mjs";

export const a_webhook_is_created_and_tested = (world) => create(world, true);
export const a_webhook_is_created_and_tested_without_the_script = (world) => create(world, false);

async function create({ account, endpoint, visit }, javaScript) {
  const customer = await account("awsys");
  const target = endpoint("created");
  const visitor = await visit({ javaScript });
  await visitor.enter(await customer.session());
  await visitor.onPage("Webhooks");
  await follow(visitor, "New webhook");
  await visitor.onPage("New webhook");

  await write(visitor, "URL", "https://user:password@example.com/");
  await write(visitor, "Name", "Order desk");
  await check(visitor, "link.click");
  await press(visitor, "Create webhook");
  await visitor.onPage("New webhook");
  assert.equal(await visitor.field("URL").getAttribute("aria-invalid"), "true", "the refused field is marked");
  assert.equal(await visitor.field("URL").inputValue(), "https://user:password@example.com/");
  assert.equal(await visitor.field("Name").inputValue(), "Order desk");
  assert.ok(await visitor.field("link.click").isChecked(), "what was checked is checked");
  assert.deepEqual(await customer.webhooks(), [], "a refused form creates nothing");

  await write(visitor, "URL", target.url);
  await press(visitor, "Create webhook");
  const secret = await shownSecret(visitor);
  await copies(visitor, secret);
  const [webhook] = await customer.webhooks();
  assert.deepEqual([webhook.name, webhook.url, webhook.events], ["Order desk", target.url, ["link.click"]]);

  await visitor.loading(() => visitor.page.reload());
  assert.equal((await customer.webhooks()).length, 1, "a reload creates no second webhook");

  await press(visitor, "Send test event");
  await visitor.onPage("Test");
  await visitor.sees("The endpoint accepted the test event");
  assert.equal(target.requests.length, 1, "one test arrived");
  assert.ok(isSigned(target.requests[0], secret), "the shown secret verifies it");

  await follow(visitor, "Overview");
  await visitor.onPage("Order desk");
  await visitor.go("/portal/");
  await follow(visitor, "Order desk");
  await visitor.onPage("Order desk");
  await follow(visitor, "Settings");
  await visitor.onPage("Settings");
  assert.ok(!(await visitor.page.content()).includes(secret), "the secret is shown once");
}

async function shownSecret(visitor) {
  const shown = visitor.page.locator("code").filter({ hasText: /^whsec_|^[A-Za-z0-9_-]{24,}$/ }).first();
  return (await shown.textContent()).trim();
}

/** Without the script nobody can copy by a button, so there is none. */
async function copies(visitor, secret) {
  if (!visitor.javaScript) {
    assert.equal(await visitor.button("Copy").count(), 0, "no dead button");
    return;
  }
  await visitor.button("Copy").focus();
  await visitor.page.keyboard.press("Enter");
  await visitor.sees("Copied");
  assert.equal(await visitor.page.evaluate(() => navigator.clipboard.readText()), secret);
}
