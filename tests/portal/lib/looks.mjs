// What a page must look like, as far as a machine can tell.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails with what axe finds, in both colour schemes. */
export async function isAccessible(visitor) {
  for (const colorScheme of ["light", "dark"]) {
    await visitor.page.emulateMedia({ colorScheme });
    await visitor.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    await visitor.page.evaluate(axe);
    const { violations } = await visitor.page.evaluate(
      (values) => globalThis.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }),
      RULES,
    );
    const found = violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`));
    assert.deepEqual(found, [], `what axe finds on ${visitor.page.url()} (${colorScheme})`);
  }
  await visitor.page.emulateMedia({ colorScheme: "light" });
}

/** Fails if a page must be scrolled sideways on a narrow screen. */
export async function isNarrow(visitor) {
  for (const width of [390, 360]) {
    await visitor.page.setViewportSize({ width, height: 800 });
    const wide = await visitor.page.evaluate(tooWide);
    assert.deepEqual(wide, [], `what is wider than ${width} px on ${visitor.page.url()}`);
  }
  await visitor.page.setViewportSize({ width: 1280, height: 900 });
}

/** What reaches beyond the window, unless it scrolls by itself, and whether the page scrolls. */
function tooWide() {
  const { scrollWidth, clientWidth } = document.documentElement;
  const scrolls = (element) => element !== document.body && element !== document.documentElement
    && /auto|scroll/.test(getComputedStyle(element).overflowX);
  const isInside = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) if (scrolls(at)) return true;
    return false;
  };
  const beyond = [...document.querySelectorAll("body *")].filter((element) => {
    const { right, width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && right > clientWidth + 1 && !isInside(element);
  });
  // A word that is broken into letters makes a button as high as a tower.
  const towers = [...document.querySelectorAll("button, .btn")].filter((button) => button.offsetHeight > 60);
  const names = [...beyond, ...towers].map((element) => `${element.localName}.${element.className}: ${element.textContent.trim().slice(0, 60)}`);
  return scrollWidth > clientWidth ? [`${scrollWidth} px`, ...names] : names;
}

/** Links and buttons that stand alone on a page. In lists, such as **Resend**, there is one a row. */
const ALONE = ["Webhooks", "Events", "Event types", "Sign out", "New webhook", "Create webhook", "Send test event", "Enable", "Disable",
  "Enable and recover", "Overview", "Deliveries", "Test", "Recover", "Settings", "Recover these", "Clear filters", "Older", "Newer",
  "Copy as curl", "Download payload", "Start recovery", "Pause", "Resume", "Cancel recovery", "Save", "Rotate secret", "Delete webhook"];

/** Fails if a name leads to two things: whoever goes by names cannot tell them apart. */
export async function isNamedOnce(visitor) {
  const texts = await visitor.page.evaluate(() => [...document.querySelectorAll("a, button")].map((control) => control.textContent.trim()));
  const twice = ALONE.filter((name) => texts.filter((text) => text === name).length > 1);
  assert.deepEqual(twice, [], `what is there twice on ${visitor.page.url()}`);
}
