// Somebody in a browser. What the browser complains of is kept, and fails the story.

import assert from "node:assert/strict";

/** How long a page or a control may take to appear, on a machine that builds something else at the same time. */
const PATIENCE = 20_000;

export class Visitor {
  troubles = [];

  static async open(browser, baseURL, { javaScript = true, scheme = "light", width = 1280 } = {}) {
    const context = await browser.newContext({
      baseURL,
      javaScriptEnabled: javaScript,
      colorScheme: scheme,
      viewport: { width, height: 900 },
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      // A button that is changing its colour has no contrast to judge.
      reducedMotion: "reduce",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    context.setDefaultTimeout(PATIENCE);
    const visitor = new Visitor();
    Object.assign(visitor, { context, javaScript });
    context.on("page", (page) => visitor.#watch(page));
    visitor.page = await context.newPage();
    return visitor;
  }

  /** Another tab of the same browser. */
  async otherTab() {
    const tab = Object.assign(new Visitor(), { context: this.context, javaScript: this.javaScript, troubles: this.troubles });
    tab.page = await this.context.newPage();
    return tab;
  }

  #watch(page) {
    const trouble = (kind, text) => this.troubles.push(`${kind} on ${page.url()}: ${text}`);
    // A page whose own status is 404 or 409 is reported by the browser too. Stories check these statuses.
    const documents = new Set();
    page.on("response", (response) => {
      if (response.request().isNavigationRequest()) documents.add(response.url());
      else if (response.status() >= 400) trouble("request", `${response.status()} ${response.url()}`);
    });
    page.on("console", (message) => {
      const isStatus = message.text().startsWith("Failed to load resource: the server responded with a status of");
      if (isStatus && documents.has(message.location().url)) return;
      if (["error", "warning"].includes(message.type())) trouble("console", message.text());
    });
    page.on("pageerror", (error) => trouble("script", error.message));
    page.on("crash", () => trouble("crash", "the page crashed"));
    page.on("dialog", (dialog) => {
      trouble("dialog", dialog.message());
      dialog.dismiss().catch(() => {});
    });
  }

  /** Opens a link from the API, and is in. */
  async enter({ url }) {
    if (this.javaScript) {
      await this.page.goto(url);
      await this.page.waitForURL((at) => at.pathname !== "/portal/enter");
      return;
    }
    await this.page.goto(url);
    await this.page.getByLabel("Code", { exact: true }).fill(new URL(url).hash.slice(1));
    await this.loading(() => this.page.keyboard.press("Enter"));
  }

  /** Opens a page by its path, and expects this status. */
  async go(path, status = 200) {
    const response = await this.page.goto(path);
    assert.equal(response.status(), status, `the status of ${path}`);
  }

  /** Does what loads another page, and waits for that page. */
  async loading(act) {
    const loaded = this.page.waitForEvent("domcontentloaded", { timeout: PATIENCE });
    await act();
    await loaded;
  }

  link(name) {
    return this.page.getByRole("link", { name, exact: true });
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  field(label) {
    return this.page.getByLabel(label, { exact: true });
  }

  /** Waits until the page's first heading is this. */
  async onPage(heading) {
    const first = this.page.locator("h1, h2, h3").first();
    await this.page.waitForFunction(isFirstHeading, heading).catch(async () => {
      assert.equal((await first.textContent())?.trim(), heading, `the first heading of ${this.page.url()}`);
    });
  }

  /** Waits until a text is to be seen. */
  async sees(text) {
    await this.page.getByText(text).first().waitFor({ state: "visible" });
  }

  text() {
    return this.page.locator("body").innerText();
  }

  quiet() {
    assert.deepEqual(this.troubles, [], "the browser complains of nothing");
  }
}

function isFirstHeading(heading) {
  return document.querySelector("h1, h2, h3")?.textContent.trim() === heading;
}
