// What is stale on this page is fetched again, as whoever looks at it, and put in its place (placing.js).
// Elements say themselves what they show: data-live="topic=version topic=version:time:signature".
const capsuleLive = (() => {
  const EVERY = 300; // milliseconds between two refreshes of a page: a burst of changes becomes few of them
  const JITTER = 120; // milliseconds: a thousand pages that hear of one change do not all ask at once
  const LIMIT = 20000; // milliseconds that a refresh may take

  const newest = new Map(); // topic -> the newest version that this page has heard of
  const wanted = new Set(); // ids of elements to fetch whatever is known of versions
  const fetched = new Map(); // id -> what it was last fetched for: an answer that does not help is not asked again
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

  // The digests of all parts that are here, and which of several one shows; "!" stands behind what must come anew.
  function asked(ids) {
    const known = [...document.querySelectorAll("[data-digest][id]")].map((element) => element.id);
    return [...new Set([...known, ...ids])].map((id) => {
      const { digest = "", shows } = document.getElementById(id)?.dataset ?? {};
      const which = shows ? `@${encodeURIComponent(shows)}` : "";
      return `${encodeURIComponent(id)}=${digest}${which}${ids.has(id) ? "!" : ""}`;
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
    const { pathname, search } = new URL(response.url);
    const elsewhere = response.redirected && pathname + search !== address;
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
    for (const same of answer.querySelectorAll("template[data-same]")) standIn(same);
    if (main) {
      await capsulePlacing.put(document.getElementById("main"), main);
      if (answer.title) document.title = answer.title;
    } else {
      const parts = marks ? (answer.body ?? answer).children : [...ids].map((id) => answer.getElementById(id));
      for (const part of [...parts]) {
        const old = part?.id && document.getElementById(part.id);
        if (old && !isNewer(old)) await capsulePlacing.put(old, part);
      }
      if (marks && !followed()) for (const id of ids) if (!answer.getElementById(id)) takeAway(document.getElementById(id));
    }
    if (marks) mark(document.getElementById("main"), marks);
    for (const toasts of answer.querySelectorAll("hx-partial")) {
      document.getElementById("toasts").append(...toasts.childNodes);
    }
    document.dispatchEvent(new CustomEvent("capsule:refreshed", { detail: { ids: [...ids] } }));
  }

  // A page of somebody's own whose main element follows nothing: what is not sent stands there no more.
  const followed = () => document.querySelector("main[data-digest]");
  function takeAway(element) {
    if (element && !element.parentElement.closest("[data-digest]")) element.remove();
  }

  // A part that was asked for is gone: the page as it is now takes its place.
  function heal(element) {
    const stale = followed() ?? (element.matches?.("[data-live][id]") ? element : null);
    if (!stale) return;
    wanted.add(stale.id);
    plan(0);
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
    if (!main) return;
    for (const name of ["live", "digest", "inspect"]) {
      if (marks.dataset[name]) main.dataset[name] = marks.dataset[name];
      else delete main.dataset[name];
    }
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
    tokens, changed, outdated, isStillUs, say, apply, asked, heal,
    again: () => plan(0),
    ask(ids) {
      for (const id of ids) wanted.add(id);
      plan(0);
    },
    get isOver() { return isOver; },
  };
})();
