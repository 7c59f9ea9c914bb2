// What a story gets: accounts, endpoints and visitors of its own.

import { join } from "node:path";

import { Visitor } from "./visitor.mjs";

export class World {
  #name;
  #means;
  #visitors = [];
  #pictures = [];
  #accounts = 0;

  constructor(name, means) {
    this.#name = name;
    this.#means = means;
    // Stories take these apart.
    for (const method of ["account", "endpoint", "visit", "picture", "shared"]) this[method] = this[method].bind(this);
  }

  /** A new account. Its id is made of the story's name. */
  account(profile, name) {
    this.#accounts += 1;
    const id = `${this.#name.replaceAll("_", "-").slice(0, 56)}-${this.#accounts}`;
    return this.#means.platform.account(id, profile, name ?? `${words(profile)} customer ${this.#accounts}`);
  }

  /** What several stories look at, and none of them changes. The first one that asks makes it. */
  shared(make) {
    const { shared } = this.#means;
    if (!shared.has(make)) shared.set(make, make(new World(make.name, this.#means)));
    return shared.get(make);
  }

  endpoint(path) {
    return this.#means.endpoints.at(`/${this.#name}/${path}`);
  }

  async visit(options) {
    const visitor = await Visitor.open(this.#means.browser, this.#means.platform.origin, options);
    this.#visitors.push(visitor);
    return visitor;
  }

  /** Keeps a picture of a page. */
  async picture(visitor, name, { scheme = "light", width = 1280, height = 900, fullPage = true } = {}) {
    const { page } = visitor;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(this.#means.pictures, `${name}.png`), fullPage });
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 900 });
  }

  checkQuiet() {
    for (const visitor of this.#visitors) visitor.quiet();
  }

  async picturesOfFailure() {
    const pages = this.#visitors.flatMap(({ context }) => context.pages());
    for (const [index, page] of pages.entries()) {
      const path = join(this.#means.pictures, `failed-${this.#name}-${index + 1}.png`);
      await page.screenshot({ path, timeout: 5000 }).then(() => this.#pictures.push(`${page.url()}: ${path}`), () => {});
    }
  }

  where() {
    return this.#pictures.map((picture) => `  ${picture}\n`).join("");
  }

  async close() {
    for (const { context } of this.#visitors) await context.close().catch(() => {});
  }
}

const words = (profile) => ({ awsys: "AWSYS", go2: "Go2", standard: "Standard" })[profile];
