// Text that tries to be more than text.

/** Every way in which text has become a program: each would set `globalThis.hit`. */
export const MARKUP = `"'><script>hit=1</script><img src=x onerror=hit=1><svg onload=hit=1></textarea></title>{{hit=1}}javascript:hit=1`;

/** Turns what follows around, unless it is isolated. */
export const BIDI = "\u202e\u2066evil\u200f";

export const LONG = "W".repeat(2048);

/** 2,048 bytes at most, of which the first tell what it is. */
export const BODY = `${MARKUP}\0${BIDI}\u001b[31m${LONG}`;

/** An object that is nested 127 deep and has names and texts like these, of about so many bytes. */
export function nested(bytes) {
  let value = { [MARKUP]: `${BIDI}\0${MARKUP}`, [BIDI]: "x".repeat(bytes) };
  for (let depth = 0; depth < 125; depth += 1) value = { [`n${depth}`]: value };
  return value;
}

/** What a page lets such text do. Runs in the page. */
export function misdeeds() {
  const found = [];
  if ("hit" in globalThis && globalThis.hit === 1) found.push("a script of somebody else ran");
  for (const element of document.querySelectorAll("script:not([src]), img[src=x], svg[onload], [onerror], [onload]")) {
    found.push(`markup of somebody else: ${element.outerHTML.slice(0, 100)}`);
  }
  const controls = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const isAlone = text.parentElement.closest("bdi, option, textarea");
    if (controls.test(text.data) && !isAlone) found.push(`it turns other text around: ${text.parentElement.outerHTML.slice(0, 160)}`);
  }
  return found;
}
