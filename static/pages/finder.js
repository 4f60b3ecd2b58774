// Ctrl K goes to a page, a collection or a record; ? says what the keys do. Without this file both are pages.
(() => {
  const dialog = document.getElementById("finder");
  if (!dialog) return; // a base template of somebody's own
  const link = document.getElementById("finder-opener");
  htmx.process(link); // as in drawer.js
  let goes = false; // Enter came before the answer to what is typed

  const field = () => dialog.querySelector("#finder-q");
  const found = () => dialog.querySelector("#finder-found");
  const places = () => [...dialog.querySelectorAll(".finder-place")];

  function open(href) {
    goes = false;
    if (!dialog.open) {
      dialog.replaceChildren();
      dialog.showModal();
    }
    link.setAttribute("hx-get", href);
    link.click();
  }

  function step(by) {
    const stops = [field(), ...places()];
    const at = stops.indexOf(document.activeElement);
    stops.at((at + by) % stops.length)?.focus();
  }
  function go() {
    const isFresh = found()?.dataset.query === field().value;
    goes = !isFresh;
    if (isFresh) places()[0]?.click();
  }

  document.addEventListener("htmx:after:swap", () => {
    if (!dialog.open) return;
    if (goes) go();
    else if (!dialog.contains(document.activeElement) || document.activeElement === dialog) {
      (field() ?? dialog.querySelector("#finder-keys"))?.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (event.target === dialog) return dialog.close(); // beside it
    const opener = event.target.closest("[data-find], [data-keys]");
    if (!opener) return;
    event.preventDefault();
    open(opener.href);
  });
  dialog.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (!field()) return;
    if (key === "ArrowDown") step(1);
    else if (key === "ArrowUp") step(-1);
    else if (key === "Enter" && target === field()) go();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && key.toLowerCase() === "k") open(dialog.dataset.findUrl);
    else if (key === "?" && !event.ctrlKey && !event.metaKey && !target.closest?.("input, textarea, select, [contenteditable]")) {
      open(dialog.dataset.keysUrl);
    } else return;
    event.preventDefault();
  });
})();
