// What is stale on this page is fetched again, as whoever looks at it, and morphed in under their hands.
// Elements say themselves what they show: data-live="topic=version topic=version:time:signature".
const capsuleLive = (() => {
  const EVERY = 300; // milliseconds between two refreshes of a page: a burst of changes becomes few of them
  const JITTER = 120; // milliseconds: a thousand pages that hear of one change do not all ask at once
  const STILL = 1200; // milliseconds without a movement until rows may move under the pointer
  const NOTED = 3; // rows at a time of which it is said who changed them
  const MARKED = 3000; // milliseconds for which a row that changed is shown to have changed
  const LIMIT = 20000; // milliseconds that a refresh may take

  const newest = new Map(); // topic -> the newest version that this page has heard of
  const wanted = new Set(); // ids of elements to fetch whatever is known of versions
  const fetched = new Map(); // id -> what it was last fetched for: an answer that does not help is not asked again
  const held = new Map(); // id -> the element that waits until the person's hand is off the old one
  let refreshing = false;
  let planned = null;
  let refreshedAt = 0;
  let failures = 0;
  let isOver = false; // somebody else acts here now: this page asks nothing any more

  // What an element shows ----------------------------------------------------------------------------

  const elements = () => [...document.querySelectorAll("[data-live][id]")];
  const tokens = () => [...new Set(elements().map((element) => element.dataset.live))];

  function topics(token) {
    const pairs = token.split(":").slice(0, -2).join(":").split(" ");
    return pairs.map((pair) => {
      const at = pair.lastIndexOf("=");
      return [pair.slice(0, at), Number(pair.slice(at + 1))];
    });
  }

  function changed(versions, { own = false } = {}) {
    for (const [name, version] of Object.entries(versions)) {
      if (version > (newest.get(name) ?? 0)) newest.set(name, version);
    }
    plan(own ? 0 : Math.random() * JITTER);
  }

  function outdated(list) {
    for (const element of elements()) if (list.includes(element.dataset.live)) wanted.add(element.id);
    plan(0);
  }

  // What an element would be fetched for: the newer versions of what it shows; nothing where it is as new.
  function reason(element) {
    const newer = topics(element.dataset.live).filter(([name, known]) =>
      !name.startsWith("stream:") && (newest.get(name) ?? 0) > known);
    return newer.length ? element.dataset.live + newer.map(([name]) => ` ${newest.get(name)}`).join("") : "";
  }

  function stale() {
    const ids = new Set(wanted);
    for (const element of elements()) {
      const why = reason(element);
      if (why && fetched.get(element.id) !== why) ids.add(element.id);
    }
    return ids;
  }

  // Fetching -----------------------------------------------------------------------------------------

  function plan(wait) {
    if (planned !== null || refreshing || isOver || !stale().size) return;
    const rest = refreshedAt + EVERY - performance.now();
    planned = setTimeout(() => {
      planned = null;
      refresh();
    }, Math.max(wait, rest, 0));
  }

  // The digests of all parts that are here; "!" stands behind those that must come anew.
  function asked(ids) {
    const known = [...document.querySelectorAll("[data-digest][id]")].map((element) => element.id);
    return [...new Set([...known, ...ids])].map((id) => {
      const digest = document.getElementById(id)?.dataset.digest ?? "";
      return `${encodeURIComponent(id)}=${digest}${ids.has(id) ? "!" : ""}`;
    }).join(" ");
  }

  async function refresh() {
    if (document.hidden || !navigator.onLine) return; // on return it is asked for
    const ids = stale();
    if (!ids.size) return;
    for (const id of ids) {
      wanted.delete(id);
      const element = document.getElementById(id);
      if (element?.dataset.live) fetched.set(id, reason(element));
    }
    refreshing = true;
    const address = location.pathname + location.search;
    const tokensAsked = new Map([...ids].map((id) => [id, document.getElementById(id)?.dataset.live]));
    try {
      const response = await fetch(address, {
        headers: {
          Accept: "text/html", "HX-Request": "true", "HX-Current-URL": location.href, "Capsule-Refresh": asked(ids),
        },
        signal: AbortSignal.timeout(LIMIT),
      });
      await answered(response, tokensAsked, address);
    } catch (error) {
      failed(ids);
    } finally {
      refreshing = false;
      refreshedAt = performance.now();
      plan(0);
    }
  }

  async function answered(response, tokensAsked, address) {
    const ids = [...tokensAsked.keys()];
    if (!isStillUs(response.headers.get("Capsule-Acting"))) return;
    if (response.status === 401) return say("signed_out");
    const elsewhere = response.redirected && new URL(response.url).pathname !== location.pathname;
    if (elsewhere || [403, 404, 405, 410].includes(response.status)) return say("gone");
    if (response.status >= 500 || response.status === 429) return failed(ids);
    failures = 0;
    say(null, "server");
    const answer = new DOMParser().parseFromString(await response.text(), "text/html");
    if (address !== location.pathname + location.search) {
      for (const id of ids) wanted.add(id); // the person has gone on to another view of this page meanwhile
      return;
    }
    // A write's own answer may have come first: what it put there is as new, and says "Saved" besides.
    const isNewer = (element) => tokensAsked.has(element.id)
      && tokensAsked.get(element.id) !== element.dataset.live && !reason(element);
    await apply(answer, ids, isNewer);
  }

  function failed(ids) {
    failures += 1;
    for (const id of ids) wanted.add(id);
    if (failures > 1) say("offline", "server");
    setTimeout(() => plan(0), Math.min(30000, 1000 * 2 ** failures));
  }

  // Putting it in ------------------------------------------------------------------------------------

  // A page of ours answers with its parts, or with all of its main part where its shape is new; an ordinary
  // view with a whole page, from which only what is stale is taken.
  async function apply(answer, ids, isNewer = () => false) {
    const main = answer.querySelector("main[data-digest]");
    const marks = answer.querySelector("template[data-page]");
    if (main) {
      for (const same of main.querySelectorAll("template[data-same]")) standIn(same);
      await put(document.getElementById("main"), main);
      if (answer.title) document.title = answer.title;
    } else {
      const parts = marks ? (answer.body ?? answer).children : [...ids].map((id) => answer.getElementById(id));
      for (const part of [...parts]) {
        const old = part?.id && document.getElementById(part.id);
        if (old && !isNewer(old)) await put(old, part);
      }
    }
    if (marks) mark(document.getElementById("main"), marks);
    for (const toasts of answer.querySelectorAll("hx-partial")) {
      document.getElementById("toasts").append(...toasts.childNodes);
    }
    document.dispatchEvent(new CustomEvent("capsule:refreshed", { detail: { ids: [...ids] } }));
  }

  // What the server left out stays as it is: an empty copy of it stands in, which morph.js passes over.
  function standIn(same) {
    const old = document.getElementById(same.id);
    if (!old) return same.remove();
    const copy = old.cloneNode(false);
    copy.dataset.same = "";
    same.replaceWith(copy);
  }

  function mark(main, marks) {
    for (const name of ["live", "digest"]) {
      if (marks.dataset[name]) main.dataset[name] = marks.dataset[name];
      else delete main.dataset[name];
    }
  }

  async function put(old, fresh) {
    if (isHandOn(old)) return hold(old, fresh);
    held.delete(old.id);
    if (keepRowInUse(old, fresh)) return;
    for (const note of old.querySelectorAll(".row-note")) note.remove();
    const rows = new Map([...old.querySelectorAll("tr[id]")].map((row) => [row.id, shown(row)]));
    const words = old.textContent;
    await htmx.swap({ sourceElement: old, target: old, text: fresh.outerHTML, swap: "outerMorph" });
    const now = document.getElementById(fresh.id);
    if (now) show(now, rows, words);
  }

  const rowIds = (element) => new Set([...element.querySelectorAll("tr[id]")].map((row) => row.id));

  // What is new is shown to be new, for a moment (look.css), unless the person wants no movement.
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
    .map((cell) => cell.querySelector("time")?.dateTime ?? cell.textContent).join("\n");
  // A row that is there already, and different now: for three seconds, with or without movement. Of a few the
  // page asks who did it, and when.
  let noted = 0;
  function markRow(row) {
    row.classList.add("is-changed");
    setTimeout(() => row.classList.remove("is-changed"), MARKED);
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
  function flash(element) {
    element.classList.add("is-new");
    element.addEventListener("animationend", () => element.classList.remove("is-new"), { once: true });
  }

  // A row that somebody else deleted, while this person is in it, stays until they leave it. True if the whole
  // table has to: an empty one has no place for a row.
  function keepRowInUse(old, fresh) {
    const row = document.activeElement?.closest?.("tr[id]");
    if (!row || !old.contains(row) || fresh.querySelector(`[id="${CSS.escape(row.id)}"]`)) return false;
    if (row.matches("[data-own]")) { // it went by what this person did: they are by its neighbour then
      const beside = row.nextElementSibling ?? row.previousElementSibling;
      (beside?.querySelector("a") ?? document.getElementById("main")).focus();
      return false;
    }
    if (!fresh.querySelector("tbody")) {
      row.classList.add("is-gone");
      onceLeft(row, () => { wanted.add(old.id); plan(0); });
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

  // Who looks ----------------------------------------------------------------------------------------

  // Signing in as somebody else, or acting for another organisation, in another tab: this page is not theirs.
  function isStillUs(acting) {
    if (!acting || acting === document.body.dataset.acting) return true;
    isOver = true;
    say("someone_else");
    document.dispatchEvent(new CustomEvent("capsule:over"));
    return false;
  }

  const saying = {}; // who says it -> what: a connection that is well again takes back only its own words
  function say(kind, who = "page") {
    saying[who] = kind;
    const words = ["page", "server", "connection"].map((one) => saying[one]).find(Boolean) ?? null;
    const place = document.getElementById("connection");
    if (!place || place.dataset.said === String(words)) return;
    place.dataset.said = String(words);
    place.replaceChildren();
    if (!words) return;
    const content = document.getElementById("live-words").content.querySelector(`[data-connection="${words}"]`);
    place.append(document.importNode(content, true));
    for (const link of place.querySelectorAll("[data-here]")) link.href = location.href;
    for (const link of place.querySelectorAll("[data-sign-in]")) {
      const url = new URL(link.href, location.href);
      url.searchParams.set("next", location.pathname + location.search);
      link.href = url.href;
    }
  }

  // The answer to a page's own parameter (params.js) comes by htmx, which shows how it goes, and ends here.
  htmx.registerExtension("refresh", {
    handle_swap(style, target, fragment) {
      if (style !== "refresh") return false;
      apply(fragment, []);
      return [];
    },
  });

  // A write that htmx sent names what it changed with its answer: this page follows at once.
  document.addEventListener("capsule:changed", ({ detail }) => {
    const { elt, ...versions } = detail ?? {};
    changed(versions, { own: true });
  });
  // A control that was left alone while it was in use, and was not changed after all, takes what is there now.
  document.addEventListener("focusout", ({ target }) => {
    if (target.dataset?.changedElsewhere === undefined || target.value !== target.defaultValue) return;
    const element = target.closest("[data-live][id]");
    if (element) wanted.add(element.id);
    plan(0);
  });

  return {
    tokens, changed, outdated, isStillUs, say, apply, asked, shown,
    again: () => plan(0),
    get isOver() { return isOver; },
  };
})();
