// Relative times, copy buttons and live regions. Every page works without this.

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const steps = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [1209600, "day", 86400]];

function ago(at, now) {
  const seconds = Math.round((at - now) / 1000);
  const step = steps.find(([below]) => Math.abs(seconds) < below);
  return step && words.format(Math.trunc(seconds / step[2]), step[1]);
}

// The time in UTC stays as the tooltip.
function tellTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]:not([data-plain])")) {
    time.title ||= time.textContent;
    time.textContent = ago(Date.parse(time.dateTime), Date.now()) ?? time.title;
  }
}

const said = document.getElementById("said");

function say(text) {
  if (said) said.textContent = text;
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = source?.value ?? source?.dataset.text ?? source?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection().selectAllChildren(source);
    document.execCommand("copy");
  }
  say("Copied");
  const note = button.nextElementSibling?.matches(".copied") ? button.nextElementSibling : document.createElement("span");
  note.className = "copied";
  note.textContent = "Copied";
  note.ariaHidden = "true";
  button.after(note);
  setTimeout(() => { note.remove(); say(""); }, 2500);
}

function prepare(within) {
  tellTimes(within);
  for (const button of within.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) copy(button);
});

// Live regions hold data only. Each names where its data is, and how many seconds later to ask again.
const IDLE = 30 * 60_000;
let input = Date.now();
for (const kind of ["pointerdown", "keydown", "scroll"]) {
  addEventListener(kind, () => { input = Date.now(); }, { passive: true });
}

const asked = new WeakMap();

async function refresh(region) {
  const response = await fetch(region.dataset.live, { headers: { accept: "text/html" }, redirect: "error" });
  if (!response.ok) return region.removeAttribute("data-live");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("[data-live]") ?? page.body.firstElementChild;
  if (!fresh || region.contains(document.activeElement)) return;
  // Another state has other buttons. Nobody who writes something loses it.
  if (fresh.dataset.state !== region.dataset.state && !document.activeElement?.matches("input, select, textarea")) {
    return location.reload();
  }
  fresh.id = region.id;
  prepare(fresh);
  region.replaceWith(fresh);
  asked.set(fresh, Date.now());
}

setInterval(() => {
  if (document.hidden || Date.now() - input > IDLE) return;
  tellTimes(document);
  for (const region of document.querySelectorAll("[data-live]")) {
    const every = Math.max(5, Number(region.dataset.every) || 30) * 1000;
    const last = asked.get(region) ?? started;
    if (Date.now() - last < every) continue;
    asked.set(region, Date.now());
    refresh(region).catch(() => {});
  }
}, 1000);

const started = Date.now();
prepare(document);

// The first field that was refused gets the focus, as the page says what is wrong with it.
document.querySelector("[aria-invalid=true]:is(input, select, textarea)")?.focus();
