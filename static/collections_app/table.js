/* The menus, the search and the headers of a table. Without this script they are plain forms and links. */
(() => {
  "use strict";

  const MENU = ".data-table-menu";
  const PAUSE = 300; // milliseconds without a key until what was typed is looked for
  const SHORTEST = 3; // letters

  // Keeps addresses short: what is left empty, and how nothing is asked for, is not sent.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (!target.matches(".data-table-form, .data-table-search")) return;
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
    for (const select of target.querySelectorAll(".data-table-how")) {
      if (select.selectedIndex === 0) formData.delete(select.name);
    }
    // Also which columns are not shown have their place.
    if (target.hasAttribute("hx-post")) for (const box of boxes(target)) formData.append("order", box.value);
  });
  const boxes = (form) => form.querySelectorAll("[type=checkbox]");

  // Menus --------------------------------------------------------------------------------------------

  const close = (menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  };
  const closeAll = (except) => {
    for (const menu of document.querySelectorAll(`${MENU}[open]`)) if (menu !== except) menu.open = false;
  };
  document.addEventListener("submit", ({ target }) => {
    const menu = target.closest(MENU);
    if (menu) close(menu);
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest(`${MENU}[open]`);
    if (menu) close(menu);
  });
  document.addEventListener("focusin", ({ target }) => closeAll(target.closest(MENU)));
  // What only a script can do is shown where one runs.
  document.addEventListener("toggle", ({ target }) => {
    if (!target.matches?.(MENU) || !target.open) return;
    for (const button of target.querySelectorAll("[data-move], [data-reset]")) button.hidden = false;
  }, true);
  // A filter that could not be asked opens again, at what is to mend.
  document.addEventListener("htmx:after:swap", () => {
    for (const menu of document.querySelectorAll(`${MENU}[data-open]`)) {
      menu.removeAttribute("data-open");
      menu.open = true;
      menu.querySelector("[aria-invalid]")?.focus();
    }
  });

  document.addEventListener("click", (event) => {
    const { target } = event;
    closeAll(target.closest(MENU));
    const move = target.closest("[data-move]");
    if (move) moveColumn(move);
    const header = event.shiftKey && target.closest("a.sort");
    if (header) sortAlso(event, header);
  }, true);

  function moveColumn(button) {
    const item = button.closest("li");
    const way = button.dataset.move;
    if (way === "up") item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    const goesOn = way === "up" ? item.previousElementSibling : item.nextElementSibling;
    (goesOn ? button : item.querySelector(`[data-move]:not([data-move=${way}])`)).focus();
  }

  // With the shift key a header adds its column to the order.
  function sortAlso(event, header) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const plain = header.getAttribute("hx-get");
    header.setAttribute("hx-get", header.dataset.also);
    header.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    header.setAttribute("hx-get", plain);
  }

  // A link may go with what it stood for: a filter's chip, the way to the last page. Then the focus is on its
  // neighbour, or on the filters.
  let followed = null;
  document.addEventListener("click", ({ target }) => {
    const link = target.closest(".data-table a[hx-get]");
    const list = link?.closest(".data-table-chips, .pagination");
    const beside = `.${list?.className} a:not(.btn)`;
    followed = link && { table: link.closest(".data-table").id, beside, at: list && [...list.querySelectorAll("a")].indexOf(link) };
  });
  document.addEventListener("htmx:after:swap", () => {
    const table = followed && document.activeElement === document.body && document.getElementById(followed.table);
    if (table) {
      const links = [...table.querySelectorAll(followed.beside)];
      (links[followed.at] ?? links.at(-1) ?? table.querySelector(`${MENU} > summary, .table-responsive`))?.focus();
    }
    followed = null;
  });

  // On a phone the names of many tables are a strip, which begins at the one that is open.
  const opened = document.querySelector(".table-list [aria-current]");
  if (opened) opened.closest(".table-list").scrollLeft = opened.offsetLeft - 16;

  // Search ---------------------------------------------------------------------------------------------

  let waiting = null;
  document.addEventListener("input", ({ target }) => {
    const form = target.closest(".data-table-search");
    if (!form) return;
    clearTimeout(waiting);
    const length = target.value.trim().length;
    if (length === 0 || length >= SHORTEST) waiting = setTimeout(() => form.requestSubmit(), PAUSE);
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.matches(".data-table-search")) clearTimeout(waiting);
  });
})();
