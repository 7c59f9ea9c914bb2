// Takes the code of a link out of the address, and sends it. Without this script, people paste it.
const form = document.getElementById("enter");

function enter() {
  const code = location.hash.slice(1);
  if (!code || !form) return;
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = code;
  form.requestSubmit();
}

// Whoever opens a link in a tab that shows this page already loads no page.
addEventListener("hashchange", enter);
enter();
