import { chromium } from "playwright-core";
import { mkdtemp, mkdir } from "node:fs/promises";
import { startEndpoints } from "./lib/endpoints.mjs";
import { Platform } from "./lib/platform.mjs";
import { startStack } from "./lib/stack.mjs";
import { World } from "./lib/world.mjs";
import { shop } from "./lib/shop.mjs";
import { isAccessible, isNarrow } from "./lib/looks.mjs";
const pics = "/tmp/portal-c/pics"; await mkdir(pics, { recursive: true });
const folder = await mkdtemp("/tmp/portal-c/run-");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const stack = await startStack(process.argv[2], folder);
const endpoints = await startEndpoints();
try {
  const world = new World("drive", { browser, endpoints, platform: new Platform(stack.ready), pictures: pics, shared: new Map() });
  const { customer, active, disabled, recovering, slow, failing, recovery } = await shop(world);
  const visitor = await world.visit();
  await visitor.page.emulateMedia({ reducedMotion: "reduce" });
  await visitor.enter(await customer.session({ user: "ann@northwind.example" }));
  const base = (w, p = "") => `/portal/webhooks/${w.id}${p}`;
  const [{ eventId }] = await customer.deliveries(active.id);
  const first = async (w, s) => base(w, `/deliveries/${(await customer.deliveries(w.id, `&status=${s}`))[0].id}`);
  const pages = [
    ["deliveries", base(active, "/deliveries")], ["deliveries-disabled", base(disabled, "/deliveries?status=failed,skipped")],
    ["deliveries-none", base(active, "/deliveries?status=skipped")], ["deliveries-wrong", base(active, "/deliveries?since=yesterday"), 400],
    ["delivery-failed", await first(disabled, "failed")], ["delivery-skipped", await first(disabled, "skipped")], ["delivery-ok", await first(active, "delivered")],
    ["test", base(slow, "/test")], ["recover", base(active, "/recover")], ["recover-disabled", base(disabled, "/recover")], ["recover-busy", base(recovering, "/recover")],
    ["recovery", base(recovering, `/recoveries/${recovery.id}`)], ["events", "/portal/events"], ["event", `/portal/event?id=${encodeURIComponent(eventId)}`],
    ["overview", base(disabled)], ["webhooks", "/portal/"],
  ];
  for (const [name, path, status = 200] of pages) {
    try {
      await visitor.go(path, status);
      await world.picture(visitor, name);
      await world.picture(visitor, `${name}-narrow`, { width: 390 });
      await world.picture(visitor, `${name}-dark`, { scheme: "dark" });
      await isNarrow(visitor).catch((e) => console.log(name, "NARROW", e.message.slice(0, 600)));
      await visitor.page.emulateMedia({ reducedMotion: "reduce" });
      await isAccessible(visitor).catch((e) => console.log(name, "AXE", e.message.slice(0, 900)));
      console.log("looked", name, (await visitor.page.content()).length);
    } catch (e) { console.log(name, "ERR", e.message.slice(0, 400)); }
  }
  // The story
  await visitor.go(base(recovering, `/recoveries/${recovery.id}`));
  await visitor.loading(() => visitor.button("Resume").click());
  await visitor.page.waitForTimeout(6500); await world.picture(visitor, "recovery-running", {});
  console.log((await visitor.page.locator("#live").innerText()).replaceAll("\n", " | "));
  await visitor.page.waitForTimeout(12000); console.log((await visitor.page.locator("#live").innerText()).replaceAll("\n", " | "));
  await world.picture(visitor, "recovery-later", {});
  await visitor.go(base(active, "/test"));
  await visitor.loading(() => visitor.button("Send test event").click());
  await visitor.page.waitForTimeout(500); console.log(visitor.page.url()); await world.picture(visitor, "tested"); await world.picture(visitor, "tested-narrow", { width: 390 });
  await visitor.go(await first(disabled, "skipped"));
  disabled.target.recover();
  await visitor.loading(() => visitor.button("Resend").click());
  console.log(visitor.page.url(), (await visitor.page.locator("#live").innerText()).replaceAll("\n", " | "));
  await visitor.page.waitForTimeout(7000);
  console.log(visitor.page.url(), (await visitor.page.locator("#live").innerText()).replaceAll("\n", " | "));
  await world.picture(visitor, "resent");
  await visitor.go(base(active, "/recover"));
  await visitor.field("Since").fill("never");
  await visitor.loading(() => visitor.button("Start recovery").click());
  await world.picture(visitor, "recover-refused");
  await visitor.field("Since").fill(new Date(Date.now() - 3600e3).toISOString());
  await visitor.field("Delivered").check();
  await visitor.loading(() => visitor.button("Count again").click());
  await world.picture(visitor, "recover-counted");
  console.log((await visitor.page.locator(".sum").innerText()));
  await visitor.loading(() => visitor.button("Start recovery").click());
  console.log(visitor.page.url());
  await visitor.page.waitForTimeout(7000);
  await world.picture(visitor, "recovery-new");
  console.log((await visitor.page.locator("#live").innerText()).replaceAll("\n", " | "));
  console.log("troubles", visitor.troubles);
} finally { await browser.close(); await stack.stop(); await endpoints.stop(); }
