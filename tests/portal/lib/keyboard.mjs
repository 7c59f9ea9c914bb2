// Nothing but keys: Tab to what is wanted, and it must be seen to have the focus.

import assert from "node:assert/strict";

/** More than any page has to step through. */
const MOST_STEPS = 150;

/** Presses Tab until a control has the focus. */
export async function reach(visitor, control) {
  const { keyboard } = visitor.page;
  await control.waitFor({ state: "visible" });
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const focus = await control.evaluate(focusOf);
    if (focus.is) {
      assert.ok(focus.shown, `the focus is seen on ${control}`);
      return;
    }
    await keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${control} on ${visitor.page.url()}`);
}

function focusOf(element) {
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  return { is: element === document.activeElement, shown: outlineStyle !== "none" || boxShadow !== "none" };
}

export async function follow(visitor, name) {
  await reach(visitor, visitor.link(name));
  await visitor.loading(() => visitor.page.keyboard.press("Enter"));
}

export async function press(visitor, name) {
  await reach(visitor, visitor.button(name));
  await visitor.loading(() => visitor.page.keyboard.press("Enter"));
}

/** Writes into a field in place of what it has. */
export async function write(visitor, label, text) {
  await reach(visitor, visitor.field(label));
  await visitor.page.keyboard.press("ControlOrMeta+A");
  await visitor.page.keyboard.type(text);
}

export async function check(visitor, label) {
  await reach(visitor, visitor.field(label));
  await visitor.page.keyboard.press("Space");
  assert.ok(await visitor.field(label).isChecked(), `${label} is checked`);
}

/** Chooses from a list by the first letters. */
export async function choose(visitor, label, option) {
  await reach(visitor, visitor.field(label));
  await visitor.page.keyboard.type(option);
  const chosen = await visitor.field(label).evaluate((list) => list.selectedOptions[0]?.textContent.trim());
  assert.equal(chosen, option, `what is chosen in ${label}`);
}
