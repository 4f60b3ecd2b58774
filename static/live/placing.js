// A part of the page that was fetched again takes the old one's place, under a person's hands: rows do not move
// under a pointer that moves, a row that somebody is in stays, and what is new or changed is marked for a moment.
const capsulePlacing = (() => {
  const STILL = 1200; // milliseconds without a movement until rows may move under the pointer
  const NOTED = 3; // rows at a time of which it is said who changed them
  const MARKED = 3000; // milliseconds for which what is new or changed is shown to be so

  const held = new Map(); // id -> the element that waits until the person's hand is off the old one

  async function put(old, fresh) {
    if (isHandOn(old)) return hold(old, fresh);
    held.delete(old.id);
    if (keepRowInUse(old, fresh)) return;
    for (const note of old.querySelectorAll(".row-note")) note.remove();
    const rows = new Map([...old.querySelectorAll("tr[id]")].map((row) => [row.id, shown(row)]));
    const words = old.textContent;
    const head = heads(old);
    await htmx.swap({ sourceElement: old, target: old, text: fresh.outerHTML, swap: "outerMorph" });
    const now = document.getElementById(fresh.id);
    if (now && heads(now) === head) show(now, rows, words); // other columns are no change of the rows
  }
  const heads = (element) => element.querySelector("thead")?.textContent;

  const rowIds = (element) => new Set([...element.querySelectorAll("tr[id]")].map((row) => row.id));

  // What is new is shown to be new, for a moment: with or without movement (look.css).
  function show(element, rows, words) {
    if (rows.size) {
      for (const row of element.querySelectorAll("tr[id]")) {
        if (!rows.has(row.id)) flash(row);
        else if (rows.get(row.id) !== shown(row) && !row.querySelector("form")) markRow(row);
      }
    } else if (element.matches(".metric") && element.textContent !== words) flash(element);
  }
  // What a row or a cell shows, whatever the clock says of its times (times.js).
  const shown = (part) => [...(part.cells ?? [part])]
    .map((cell) => cell.querySelector("time")?.dateTime ?? cell.textContent.trim()).join("\n");
  // A row that is there already, and different now: for three seconds, with or without movement. Of a few the
  // page asks who did it, and when.
  let noted = 0;
  function markRow(row) {
    flash(row, "is-changed");
    const link = row.querySelector("a.row-link[href^='/collections/']");
    if (!link || noted >= NOTED || row.matches("[data-own]")) return;
    noted += 1;
    setTimeout(() => { noted -= 1; }, MARKED);
    fetch(`${link.pathname}history/?latest`, { headers: { "HX-Request": "true" } }).then(async (answer) => {
      if (!answer.ok || !row.isConnected) return;
      row.querySelector(".row-note")?.remove();
      link.insertAdjacentHTML("afterend", await answer.text());
      const note = row.querySelector(".row-note");
      setTimeout(() => note?.remove(), MARKED);
    }, () => {});
  }
  function flash(element, word = "is-new") {
    element.classList.add(word);
    setTimeout(() => element.classList.remove(word), MARKED);
  }

  // A row that somebody else deleted, while this person is in it, stays until they leave it. True if the whole
  // table has to: an empty one has no place for a row.
  function keepRowInUse(old, fresh) {
    const row = document.activeElement?.closest?.("tr[id]");
    if (!row || !old.contains(row) || fresh.querySelector(`[id="${CSS.escape(row.id)}"]`)) return false;
    // What the server left out is as it was, and the row with it.
    const isLeftOut = (same) => document.getElementById(same.id)?.contains(row);
    if ([...fresh.querySelectorAll("[data-same]")].some(isLeftOut)) return false;
    if (row.matches("[data-own]")) { // it went by what this person did: they are by its neighbour then
      const beside = row.nextElementSibling ?? row.previousElementSibling;
      (beside?.querySelector("a") ?? document.getElementById("main")).focus();
      return false;
    }
    if (!fresh.querySelector("tbody")) {
      row.classList.add("is-gone");
      onceLeft(row, () => capsuleLive.ask([old.id]));
      return true;
    }
    const kept = row.cloneNode(true);
    kept.classList.add("is-gone");
    let before = row.previousElementSibling;
    while (before && !fresh.querySelector(`[id="${CSS.escape(before.id)}"]`)) before = before.previousElementSibling;
    const place = before && fresh.querySelector(`[id="${CSS.escape(before.id)}"]`);
    if (place) place.after(kept);
    else fresh.querySelector("tbody").prepend(kept);
    onceLeft(row, () => row.remove());
    return false;
  }

  function onceLeft(row, then) {
    row.addEventListener("focusout", () => setTimeout(() => { if (!row.contains(document.activeElement)) then(); }));
  }

  // Rows do not move under a moving hand --------------------------------------------------------------

  let hand = { element: null, at: -Infinity, down: false };
  const rowsAt = (target) => target.closest?.("tbody")?.closest("[data-live][id]") ?? null;
  for (const type of ["pointermove", "pointerdown", "pointerup", "pointercancel"]) {
    document.addEventListener(type, (event) => {
      const down = type === "pointerdown" || (type === "pointermove" && hand.down);
      hand = { element: rowsAt(event.target), at: performance.now(), down };
    }, { passive: true });
  }
  const isHandOn = (element) =>
    hand.element === element && (hand.down || performance.now() - hand.at < STILL);

  function hold(old, fresh) {
    held.set(old.id, fresh);
    const before = rowIds(old);
    const count = [...rowIds(fresh)].filter((id) => !before.has(id)).length;
    pill(old, count);
    setTimeout(release, STILL);
  }

  function release() {
    for (const [id, fresh] of held) {
      const old = document.getElementById(id);
      if (!old) held.delete(id);
      else if (!isHandOn(old)) put(old, fresh);
      else setTimeout(release, STILL);
    }
  }

  function pill(element, count) {
    const words = document.getElementById("live-words").content;
    element.querySelector(":scope > .live-pill")?.remove();
    const button = document.importNode(words.querySelector(".live-pill"), true);
    button.querySelector("[data-count]").textContent = count ? new Intl.NumberFormat().format(count) : "";
    button.querySelector(count ? "[data-changed]" : "[data-new]").remove();
    button.addEventListener("click", () => {
      hand = { element: null, at: -Infinity, down: false };
      release();
    });
    element.prepend(button);
  }

  return { put, shown };
})();
