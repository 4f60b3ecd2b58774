// A cell is edited in its place: by its pencil, a double click, Enter or F2; arrows lead from cell to cell.
(() => {
  const CELL = "[data-edit] td[data-cell]";
  const link = document.getElementById("cell-opener");
  if (!link) return;
  htmx.process(link); // as in drawer.js
  const pencil = document.importNode(document.getElementById("drawer-words").content.querySelector(".cell-pencil"), true);
  let asked = null; // the cell whose form is on its way
  let open = null; // { td, nodes, shown, untouched }: the cell that is open, and what it showed
  let then = null; // where the focus goes once it is saved: a cell to open, or one to stand on
  let sent = null; // the form whose answer is awaited; meanwhile others' changes may be swapped in

  const form = () => open?.td.querySelector("#cell-form");
  const typed = () => JSON.stringify([...new FormData(form())]);
  const isChanged = () => form().querySelector("[aria-invalid=true], [data-conflict]") || typed() !== open.untouched;

  function edit(td) {
    if (open?.td === td) return;
    if (form()) {
      if (!isChanged()) giveUp();
      else return save({ td, opens: true });
    }
    const body = td.closest("[data-edit]");
    const row = td.closest("tr");
    const id = encodeURIComponent(row.id.slice(body.dataset.rows.length));
    const key = td.dataset.cell;
    pencil.remove();
    asked = { td, nodes: [...td.childNodes], shown: capsulePlacing.shown(td) };
    link.setAttribute("hx-get", `${body.dataset.edit}${id}/cells/${encodeURIComponent(key)}/`);
    link.setAttribute("hx-target", `[id="${CSS.escape(row.id)}"] > [data-cell="${CSS.escape(key)}"]`);
    link.click();
  }

  function save(after) {
    then = after;
    sent = form();
    sent.requestSubmit();
  }

  function giveUp() {
    open.td.replaceChildren(...open.nodes);
    closed();
  }
  function closed() {
    open.td.classList.remove("is-editing");
    open = null;
  }

  function stand(td) {
    const to = td.querySelector("a.row-link") ?? td;
    if (to === td) td.tabIndex = -1;
    to.focus();
  }

  // What comes: the form, the form again with what is wrong, or the cell as it is now.
  document.addEventListener("htmx:after:swap", () => {
    if (asked?.td.querySelector("#cell-form")) {
      open = asked;
      asked = null;
      open.td.classList.add("is-editing");
      open.untouched = typed();
      begin();
    } else if (open && !form()) {
      const anchor = open.nodes.find((node) => node.matches?.("a.row-link"));
      if (anchor) {
        anchor.replaceChildren(...open.td.childNodes);
        open.td.append(anchor);
      }
      const { td } = open;
      const after = then;
      td.parentElement.setAttribute("data-own", "");
      closed();
      if (after?.opens) edit(after.td);
      else if (after && td.isConnected) stand(td);
      then = null;
    } else if (open && then && form() !== sent) {
      then = null;
      begin();
    }
  });
  function begin() {
    const field = form().querySelector("input:not([type=hidden]), select, textarea");
    field?.focus();
    if (field?.matches("input, textarea") && !field.readOnly) field.select();
  }

  // While the table is refreshed, the open cell stays: with what is typed in it, and marked if it is new elsewhere.
  htmx.registerExtension("cell", {
    htmx_before_morph_node(element, { newNode }) {
      if (element !== open?.td) return;
      if (capsulePlacing.shown(newNode) !== open.shown && !newNode.querySelector("#cell-form")) {
        open.shown = capsulePlacing.shown(newNode);
        open.nodes = [...newNode.cloneNode(true).childNodes];
        form()?.querySelector("input:not([type=hidden]), select, textarea")?.setAttribute("data-changed-elsewhere", "");
        element.closest("tr").classList.add("is-changed");
      }
      return false;
    },
    htmx_before_morph_attr(element, { attrName }) {
      if (attrName === "tabindex" && element === document.activeElement) return false;
    },
  });

  // By hand -------------------------------------------------------------------------------------------------

  for (const type of ["pointerover", "focusin"]) {
    document.addEventListener(type, ({ target }) => {
      const td = target.closest?.(CELL);
      if (td && !td.contains(pencil) && !td.matches(".is-editing")) td.append(pencil);
      else if (!td && !target.contains?.(document.activeElement)) pencil.remove();
    });
  }
  document.addEventListener("click", ({ target }) => {
    if (target.closest(".cell-pencil")) edit(target.closest("td"));
    else if (open && target.closest("[data-cell-close]")) back();
  });
  document.addEventListener("dblclick", ({ target }) => {
    const td = target.closest(CELL);
    if (td && !target.closest("a, #cell-form")) edit(td);
  });
  // Whoever goes on elsewhere means what they typed.
  document.addEventListener("focusout", ({ target }) => {
    if (!form()?.contains(target)) return;
    setTimeout(() => {
      if (!form() || form().contains(document.activeElement) || !document.hasFocus()) return;
      if (!isChanged()) giveUp();
      else if (!form().querySelector("[aria-invalid=true], [data-conflict]")) form().requestSubmit();
    });
  });

  // By keyboard -----------------------------------------------------------------------------------------------

  function back() {
    const { td } = open;
    giveUp();
    stand(td);
  }

  function inForm(event) {
    const { key, target } = event;
    const isConflict = form().querySelector("[data-conflict]");
    if (key === "Escape") back();
    else if (key === "Tab" && !isConflict) {
      const cells = [...open.td.closest("tbody").querySelectorAll("td[data-cell]")];
      const next = cells[cells.indexOf(open.td) + (event.shiftKey ? -1 : 1)];
      go(next && { td: next, opens: true });
    } else if (key === "Enter" && !event.shiftKey && !target.matches("button")) go();
    else return;
    event.preventDefault();
  }
  function go(next) {
    const after = next ?? { td: open.td };
    if (isChanged()) save(after);
    else if (next) edit(next.td);
    else back();
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const ENDS = { Home: 0, End: -1 };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (form()?.contains(target)) return inForm(event);
    const td = target.closest?.(".data-table-rows > tbody td");
    if (!td || event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select, textarea")) return;
    const isOpening = key === "F2" || (key === "Enter" && target === td);
    if (key in ENDS) stand([...td.parentElement.cells].at(ENDS[key]));
    else if (STEPS[key]) {
      const [down, right] = STEPS[key];
      const row = down ? td.parentElement[down < 0 ? "previousElementSibling" : "nextElementSibling"] : td.parentElement;
      const to = row?.cells[td.cellIndex + right];
      if (to) stand(to);
    } else if (isOpening && td.matches(CELL)) edit(td);
    else if (isOpening && key === "Enter") td.parentElement.querySelector("a.row-link")?.click();
    else return;
    event.preventDefault();
  });
})();
