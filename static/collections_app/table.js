/* The filter panel of a table. Without this script it is a plain form in a <details>. */
(() => {
  "use strict";

  const MENU = ".data-table-menu";

  // Keeps addresses short: a filter left empty is not sent, by the browser or by htmx.
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches(".data-table-form")) return;
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  });

  const closeAll = (except) => {
    for (const menu of document.querySelectorAll(`${MENU}[open]`)) {
      if (menu !== except) menu.open = false;
    }
  };

  document.addEventListener("submit", (event) => {
    const menu = event.target.closest(MENU);
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("click", (event) => closeAll(event.target.closest(MENU)));

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest(`${MENU}[open]`);
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
