// Links, sessions and what other sites can do.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { follow, press, write } from "../lib/keyboard.mjs";
import { isAccessible, isNarrow } from "../lib/looks.mjs";

/** Without the script, a link leads to a field. */
export async function a_code_is_pasted_without_the_script({ account, visit }) {
  const customer = await account("standard");
  const { url } = await customer.session({ path: "/portal/events" });
  const visitor = await visit({ javaScript: false });
  await visitor.page.goto(url);
  await write(visitor, "Code", url);
  await visitor.loading(() => visitor.page.keyboard.press("Enter"));
  await visitor.onPage("Events");
}

export async function a_link_works_once_and_leaves_no_code({ account, visit }) {
  const customer = await account("standard");
  const link = await customer.session({ user: "Ann" });
  const visitor = await visit();
  await visitor.enter(link);
  await visitor.onPage("Webhooks");
  await visitor.sees(customer.name);
  assert.equal(new URL(visitor.page.url()).hash, "", "the code is not in the address");
  const [cookie] = await visitor.context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Lax", "/"]);
  assert.equal(await visitor.page.evaluate(() => document.cookie), "", "scripts cannot read the cookie");

  const other = await visit();
  await other.page.goto(link.url);
  await other.sees("This link was used before");

  await visitor.page.goBack();
  assert.equal(visitor.page.url(), "about:blank", "the code is not in the history");
  await visitor.go("/portal/");
  await press(visitor, "Sign out");
  await visitor.go("/portal/", 401);
}

/** The next click says that the session is over, and what was typed is sent after a new link was opened. */
export async function a_session_that_ended_elsewhere_loses_nothing_typed({ account, endpoint, visit }) {
  const customer = await account("standard");
  const { url } = endpoint("typed");
  for (const javaScript of [true, false]) {
    const name = `Typed ${javaScript ? "with" : "without"} the script`;
    const visitor = await visit({ javaScript });
    const session = await customer.session();
    await visitor.enter(session);
    await follow(visitor, "New webhook");
    await write(visitor, "URL", url);
    await write(visitor, "Name", name);
    await visitor.field("All events").check();
    await customer.endSession(session.id);
    await press(visitor, "Create webhook");
    await visitor.onPage("Your session is over");
    await visitor.sees(name);

    const tab = await visitor.otherTab();
    await tab.enter(await customer.session());
    await press(visitor, "Send again");
    // It cannot know whose session it was, so it names the account that is open now.
    await visitor.onPage("You have since opened another account");
    await visitor.sees(customer.name);
    assert.equal((await customer.webhooks()).filter((webhook) => webhook.name === name).length, 0, "nothing was created");
    await press(visitor, "Send again");
    await visitor.onPage("Webhook created");
    const made = (await customer.webhooks()).filter((webhook) => webhook.name === name);
    assert.deepEqual(made.map((webhook) => webhook.url), [url]);
  }
}

export async function two_accounts_in_one_browser({ account, endpoint, visit }) {
  const [first, second] = [await account("standard"), await account("go2")];
  const visitor = await visit();
  await visitor.enter(await first.session());
  await follow(visitor, "New webhook");
  await write(visitor, "URL", endpoint("first").url);
  await write(visitor, "Name", "For the first account");

  const tab = await visitor.otherTab();
  const link = await second.session();
  await tab.page.goto(link.url);
  await tab.onPage("Another account is open");
  await isAccessible(tab);
  await isNarrow(tab);
  await follow(tab, "Stay in this account");
  await tab.sees(first.name);
  await tab.page.goto("about:blank");
  await tab.page.goto(link.url);
  await tab.onPage("Another account is open");
  await press(tab, "Switch account");
  await tab.onPage("Webhooks");
  await tab.sees(second.name);

  await press(visitor, "Create webhook");
  await visitor.onPage("You have since opened another account");
  await visitor.sees("For the first account");
  await isAccessible(visitor);
  await isNarrow(visitor);
  assert.deepEqual([await first.webhooks(), await second.webhooks()], [[], []], "nothing was created");
}

/** A page of another site, and one of the same site with another origin, post forms and make frames. */
export async function other_sites_change_nothing({ account, visit }) {
  const customer = await account("standard");
  const visitor = await visit();
  const session = await customer.session();
  await visitor.enter(session);
  const portal = new URL(visitor.page.url()).origin;
  const evil = await startEvil(portal, session.id);
  try {
    // 127.0.0.1 with another port is the same site, so that the cookie comes along; localhost is another.
    for (const host of ["127.0.0.1", "localhost"]) {
      for (const path of ["/portal/sign-out", "/portal/webhooks/new", "/portal/enter"]) {
        const tab = await visitor.otherTab();
        await tab.page.goto(`http://${host}:${evil.port}/post?to=${path}`);
        const answered = tab.page.waitForResponse((response) => response.url() === portal + path);
        await tab.page.locator("button").click();
        assert.equal((await answered).status(), 403, `a post from ${host} to ${path}`);
        await tab.page.close();
      }
      const tab = await visitor.otherTab();
      await tab.page.goto(`http://${host}:${evil.port}/frame`);
      const inside = await tab.page.frames().at(1)?.content();
      assert.ok(!inside?.includes("Webhooks"), "the portal is not shown in a frame");
      assert.match(visitor.troubles.splice(0).join(), /frame-ancestors|ERR_BLOCKED_BY_RESPONSE/, "the browser refuses the frame");
      await tab.page.close();
    }
  } finally {
    evil.stop();
  }
  await visitor.go("/portal/");
  await visitor.onPage("Webhooks");
  assert.deepEqual(await customer.webhooks(), [], "nothing was created");
}

async function startEvil(portal, session) {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://any");
    const fields = { session, key: "k", url: "https://evil.example/", name: "evil", events: "*", code: "0".repeat(64) };
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`).join("");
    const form = `<form method="post" action="${portal}${searchParams.get("to")}">${inputs}<button>Go</button></form>`;
    response.setHeader("content-type", "text/html");
    const icon = '<link rel="icon" href="data:,">';
    response.end(`<!doctype html>${icon}${pathname === "/frame" ? `<iframe src="${portal}/portal/"></iframe>` : form}`);
  });
  await new Promise((resolve) => server.listen(0, resolve));
  return { port: server.address().port, stop: () => { server.closeAllConnections(); server.close(); } };
}
