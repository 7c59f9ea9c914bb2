// Takes the code of a link out of the address, and sends it. Without this script, people paste it.
const form = document.getElementById("enter");

// A code works once, so that a second click would be told that it was used.
let isSent = false;
form?.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
// Whoever comes back to the page as it was may send it again.
addEventListener("pageshow", (event) => {
  if (event.persisted) isSent = false;
});

function enter() {
  const code = location.hash.slice(1);
  if (!code || !form) return;
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = code;
  isSent = false;
  form.requestSubmit();
}

// Whoever opens a link in a tab that shows this page already loads no page.
addEventListener("hashchange", enter);
enter();
