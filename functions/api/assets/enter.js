// Takes the code of a link out of the address, and sends it. Without this script, people paste it.
const code = location.hash.slice(1);
const form = document.getElementById("enter");
if (code && form) {
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = code;
  form.requestSubmit();
}
