// What is saved is live in this page: its parts are morphed in under the person's hands where they can be, its
// styles are exchanged, and where the page has to be loaded again its scroll is kept. Of `make dev` only.
(() => {
  const STATE = "/_dev/state";
  const SCROLL = "capsule:dev-scroll"; // session storage: where one was, across a page that says what is wrong
  const AGAIN = 300; // milliseconds until a server that does not answer is asked again
  const PATIENCE = 30000; // milliseconds: the server answers sooner, whether there is something new or not

  let seen = new URL(document.currentScript.src).search.slice(1);
  let said = "";
  const isProblem = document.body?.matches(".problem") ?? false;
  const counts = (state) => {
    const [run, build, page, style, script] = state.split(".");
    return { drawn: `${run}.${build}.${page}`, style, script };
  };

  // Waiting for news ---------------------------------------------------------------------------------

  async function follow() {
    for (;;) {
      await visible();
      const leaving = new AbortController();
      const hide = () => { if (document.hidden) leaving.abort(); };
      document.addEventListener("visibilitychange", hide); // six tabs that wait would be all a browser opens
      try {
        const answer = await fetch(`${STATE}?seen=${encodeURIComponent(seen)}`, {
          cache: "no-store", signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(PATIENCE)]),
        });
        if (answer.ok) await heard(await answer.json());
        else await pause(AGAIN);
      } catch {
        if (!document.hidden) await pause(AGAIN); // it starts anew, or has gone
      }
      document.removeEventListener("visibilitychange", hide);
    }
  }
  const pause = (wait) => new Promise((go) => setTimeout(go, wait));
  const visible = () => document.hidden
    ? new Promise((go) => document.addEventListener("visibilitychange", go, { once: true })) : null;

  async function heard({ state, problem }) {
    if (problem && isProblem && state === seen) return pause(AGAIN);
    if (problem) {
      if (isProblem || !begun().length) return reload();
      seen = state;
      return say(`The site cannot start: ${problem}`);
    }
    if (state === seen) return;
    const [before, now] = [counts(seen), counts(state)];
    seen = state;
    if (isProblem) return reload();
    say("");
    if (now.style !== before.style) restyle(state);
    if (now.script !== before.script) return reloadUnlessBegun();
    if (now.drawn !== before.drawn) await redraw();
  }

  // What one has typed ---------------------------------------------------------------------------------

  const FIELDS = "input:not([type=hidden], [type=submit], [type=button]), textarea, select";
  const isBegun = (field) => {
    if (field.matches("select")) return [...field.options].some((one) => one.selected !== one.defaultSelected)
      && [...field.options].some((one) => one.defaultSelected);
    return field.matches("[type=checkbox], [type=radio]")
      ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  };
  const begun = () => [...document.querySelectorAll(FIELDS)].filter(isBegun);

  // Loading it again -----------------------------------------------------------------------------------

  function reload() {
    if (!isProblem) keepScroll();
    location.reload();
    return new Promise(() => {}); // nothing more happens in this page
  }
  function reloadUnlessBegun() {
    return begun().length ? say("A new build is there.") : reload();
  }
  function keepScroll() {
    sessionStorage.setItem(SCROLL, JSON.stringify({ page: location.pathname, x: scrollX, y: scrollY }));
  }
  function scrollBack() {
    if (isProblem) return;
    const kept = JSON.parse(sessionStorage.getItem(SCROLL) ?? "null");
    sessionStorage.removeItem(SCROLL);
    if (kept?.page === location.pathname) scrollTo({ left: kept.x, top: kept.y, behavior: "instant" });
  }

  // In place -------------------------------------------------------------------------------------------

  function restyle(state) {
    for (const link of document.querySelectorAll("link[rel=stylesheet][href]")) {
      const url = new URL(link.href);
      url.search = state;
      const fresh = link.cloneNode();
      fresh.href = url.href;
      fresh.addEventListener("load", () => link.remove()); // without a moment without either
      fresh.addEventListener("error", () => fresh.remove());
      link.after(fresh);
    }
  }

  // A page of ours as it is now takes the place of this one; another kind of page is loaded again.
  async function redraw() {
    const main = document.getElementById("main");
    if (!window.htmx || !main) return reloadUnlessBegun();
    let answer;
    try {
      answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    } catch {
      return reloadUnlessBegun();
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const isSame = answer.ok && !answer.redirected && fresh.getElementById("main")
      && !missing(fresh.head, "script", "src").length; // a script runs only where its page is loaded
    if (!isSame) return reloadUnlessBegun();
    for (const link of missing(fresh, "link[rel=stylesheet]", "href")) document.head.append(document.importNode(link));
    for (const id of ["sidebar", "main"]) await put(document.getElementById(id), fresh.getElementById(id));
    document.title = fresh.title;
    document.dispatchEvent(new CustomEvent("capsule:refreshed", { detail: { ids: ["main"] } }));
  }
  async function put(old, now) {
    if (old && now) await htmx.swap({ sourceElement: old, target: old, text: now.outerHTML, swap: "outerMorph" });
  }
  const file = (element, name) => new URL(element.getAttribute(name), location.href).pathname;
  function missing(root, selector, name) {
    const here = new Set([...document.querySelectorAll(`${selector}[${name}]`)].map((one) => file(one, name)));
    return [...root.querySelectorAll(`${selector}[${name}]`)].filter((one) => !here.has(file(one, name)));
  }

  // What is to be said -----------------------------------------------------------------------------------

  function say(words) {
    if (words === said) return;
    said = words;
    document.getElementById("dev-words")?.remove();
    if (!words) return;
    const bar = document.createElement("div");
    bar.id = "dev-words";
    bar.className = "dev-words";
    bar.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = `${words} What you typed is still here.`;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Load the page again";
    button.addEventListener("click", reload);
    bar.append(text, button);
    document.body.append(bar);
  }

  if (document.readyState === "complete") scrollBack();
  else addEventListener("load", scrollBack);
  follow();
})();
