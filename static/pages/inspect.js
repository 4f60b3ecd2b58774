// Of what the parts of this page are made: I (or the button in the corner) draws a frame around each, with its name.
// Tab goes from name to name, Enter says what it is made of, Escape closes that and then leaves. Only whoever
// inspects is sent this file. The names lie above the page and not in it, so that a refresh finds its elements as
// they were.
(() => {
  "use strict";

  const root = document.getElementById("inspector");
  const labels = document.getElementById("inspector-labels");
  const button = document.getElementById("inspector-switch");
  const panel = document.getElementById("inspector-panel");
  const form = document.getElementById("inspector-asks");
  const KEPT = "capsule-inspects"; // whether this tab shows it, on whichever page
  const FIELDS = "input, textarea, select, [contenteditable]";
  const MENUS = "details[data-menu][open], .data-table-menu[open], dialog:modal, [popover]:popover-open";
  const GAP = 2; // pixels between two names
  const NARROWEST = 72; // pixels

  const names = new Map(); // element -> the button with its name
  const ago = new Intl.RelativeTimeFormat(document.documentElement.lang || undefined, { style: "narrow" });
  let asked = null; // the element whose panel is open
  let told = ""; // by which token it was asked
  let takesFocus = false;
  let before = null; // what had the focus when this began
  let frame = 0;

  const isOn = () => "inspecting" in document.body.dataset;
  const parts = () => [...document.querySelectorAll("[data-inspect]")].filter((part) => part.getClientRects().length);
  const there = (part) => (part?.isConnected ? part : part?.id ? document.getElementById(part.id) : null);

  // On and off -----------------------------------------------------------------------------------------

  function turn(on, { focus = true } = {}) {
    if (on) document.body.dataset.inspecting = "";
    else delete document.body.dataset.inspecting;
    button.setAttribute("aria-pressed", String(on));
    remember(on ? "on" : "off");
    if (on) {
      before = document.activeElement;
      draw();
      if (focus) labels.querySelector("button")?.focus({ preventScroll: true });
    } else {
      close();
      names.clear();
      labels.replaceChildren();
      if (focus && before?.isConnected) before.focus({ preventScroll: true });
    }
  }

  function remember(word) {
    try {
      sessionStorage.setItem(KEPT, word);
    } catch { /* a browser that keeps nothing: the next page begins anew */ }
  }
  function remembered() {
    try {
      return sessionStorage.getItem(KEPT);
    } catch {
      return null;
    }
  }

  // The names ------------------------------------------------------------------------------------------

  function draw() {
    frame = 0;
    if (!isOn()) return;
    const shown = parts();
    for (const [part, name] of names) if (!shown.includes(part)) forget(part, name);
    shown.forEach((part, at) => {
      const name = names.get(part) ?? named(part);
      name.textContent = name.title = part.dataset.inspectName;
      name.dataset.layer = part.dataset.inspectLayer;
      if (labels.children[at] !== name) labels.insertBefore(name, labels.children[at] ?? null);
    });
    place(shown);
    follow();
  }

  function named(part) {
    const name = document.createElement("button");
    name.type = "button";
    name.className = "inspector-label";
    name.setAttribute("aria-haspopup", "dialog");
    name.setAttribute("aria-expanded", "false");
    names.set(part, name);
    return name;
  }

  // Another element in its place, of the same id, keeps the name and with it the focus.
  function forget(part, name) {
    names.delete(part);
    const other = part.id ? document.getElementById(part.id) : null;
    if (other && other !== part && other.dataset.inspect && !names.has(other)) names.set(other, name);
    else name.remove();
  }

  // Above its part, as wide as that at most, so that it covers nothing that is used; higher where another is.
  function place(shown) {
    const taken = [];
    const rects = shown.map((part) => part.getBoundingClientRect());
    shown.forEach((part, at) => { names.get(part).style.maxWidth = `${Math.max(NARROWEST, rects[at].width)}px`; });
    shown.forEach((part, at) => {
      const name = names.get(part);
      const { offsetWidth: width, offsetHeight: height } = name;
      const wanted = part.id === "main" ? rects[at].right - width : rects[at].left;
      const left = Math.max(GAP, Math.min(wanted, innerWidth - width - GAP));
      const isTaken = (top) => taken.some((one) =>
        top < one.bottom && top + height > one.top && left < one.right && left + width > one.left);
      const first = Math.max(GAP, rects[at].top + scrollY - height + GAP);
      let top = first;
      while (isTaken(top) && top > GAP) top -= GAP;
      if (isTaken(top)) for (top = first; isTaken(top);) top += GAP;
      taken.push({ top, bottom: top + height + GAP, left, right: left + width + GAP });
      name.style.left = `${left + scrollX}px`;
      name.style.top = `${top}px`;
    });
  }

  const later = () => { if (isOn()) frame ||= requestAnimationFrame(draw); };

  // The panel ------------------------------------------------------------------------------------------

  function ask(part, focus) {
    asked = part;
    told = part.dataset.inspect;
    takesFocus = focus;
    form.elements.part.value = told;
    form.requestSubmit();
    for (const [one, name] of names) name.setAttribute("aria-expanded", String(one === part));
  }

  // What is shown of a part that was drawn again is asked again.
  function follow() {
    if (!panel.open || !asked) return;
    const part = there(asked);
    if (part?.dataset.inspect && part.dataset.inspect !== told) ask(part, false);
  }

  function close() {
    if (!panel.open) return;
    panel.close();
    const name = names.get(there(asked));
    name?.setAttribute("aria-expanded", "false");
    name?.focus({ preventScroll: true });
    asked = null;
  }

  function tell() {
    for (const time of panel.querySelectorAll("time[data-ago]")) {
      const seconds = Math.round((new Date(time.dateTime) - Date.now()) / 1000);
      const [unit, size] = seconds > -60 ? ["second", 1] : seconds > -3600 ? ["minute", 60] : ["hour", 3600];
      // -0, which is "0 seconds ago": a browser's clock may be behind the server's.
      if (seconds > -86400) time.textContent = ago.format(-Math.max(0, Math.trunc(-seconds / size)), unit);
    }
  }

  document.addEventListener("htmx:after:swap", ({ detail }) => {
    later();
    if (detail?.ctx?.sourceElement !== form) return;
    if (!panel.open) panel.show();
    tell();
    if (takesFocus) panel.querySelector("#inspector-title")?.focus();
    takesFocus = false;
  });
  setInterval(() => { if (panel.open && !document.hidden) tell(); }, 1000);

  // What the person does -------------------------------------------------------------------------------

  root.addEventListener("click", ({ target }) => {
    const name = target.closest(".inspector-label");
    if (name) ask([...names].find(([, one]) => one === name)[0], true);
    else if (target.closest("[data-inspector-close]")) close();
    else if (target.closest("#inspector-switch")) turn(!isOn());
  });

  // Before all others: whatever else Escape closes is closed first.
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const types = target.closest?.(FIELDS);
    if (key === "Escape" && isOn()) {
      if (types || document.querySelector(MENUS)) return;
      if (panel.open) close();
      else turn(false);
    } else if (key === "i" && !types && !document.querySelector("dialog:modal")) turn(!isOn());
    else return;
    event.preventDefault();
  }, true);

  addEventListener("resize", later);
  addEventListener("scroll", ({ target }) => { if (target !== document) later(); }, { capture: true, passive: true });
  new ResizeObserver(later).observe(document.body);
  new MutationObserver((changes) => {
    if (changes.some(({ target }) => !root.contains(target))) later();
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-inspect", "open"] });
  // The answer to a form of a part's own knows nothing of this, and takes no name away.
  htmx.registerExtension("inspect", {
    htmx_before_morph_attr(element, { attrName, newValue }) {
      if (attrName.startsWith("data-inspect") && newValue === null) return false;
    },
  });

  const word = remembered();
  if (word === "on" || (word === null && "asked" in root.dataset)) turn(true, { focus: false });
})();
