// What changes the address of this page: sorting, paging, a choice, Back. The last that a person means wins, and
// nothing that they chose is lost: what they do while an answer is on its way builds on it, what was drawn before
// the address changed keeps up with it, and an answer that comes after they went back is too late.
const capsuleAddress = (() => {
  const underWay = new Set(); // requests whose answers change the address, in the order in which they began
  let returning = null; // the request for the page that one goes back to
  let begun = 0;
  let shown = 0; // which of them the address has

  const leads = ({ request, push, replace }) =>
    request.method === "GET" && [push, replace].some((one) => one && one !== "false");
  const returns = ({ request }) => request.headers["HX-History-Restore-Request"];
  const urlOf = ({ request }) => new URL(request.action, location.href);
  const isHere = (ctx) => urlOf(ctx).pathname === location.pathname;
  const giveUp = () => { for (const ctx of underWay) ctx.request.abort(); };

  // What it will say once all that is under way is there.
  function search() {
    const last = [...underWay].filter(isHere).at(-1);
    return last ? urlOf(last).search : location.search;
  }
  // The parts that do not show yet what it says.
  function behind() {
    if (returning) return new Set([...document.querySelectorAll("[data-digest][id]")].map((part) => part.id));
    return new Set([...underWay].flatMap((ctx) => [...(ctx.behind ?? [ctx.target.id])]).filter(Boolean));
  }

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (!leads(ctx) || !isHere(ctx) || ctx.sourceElement.closest?.("[data-param]")) return; // params.js
    const [old, now] = [new URLSearchParams(location.search), new URLSearchParams(search())];
    const url = urlOf(ctx);
    inherit(url.searchParams, old, now);
    inherit(ctx.request.body, old, now);
    ctx.request.action = url.pathname + url.search;
  });
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (returns(ctx)) returning = ctx;
    else if (leads(ctx)) {
      ctx.order = ++begun;
      underWay.add(ctx);
      if (returning) returning.isTooLate = true;
      returning = null;
    }
  });
  // Before anybody else hears of it: requests.js would say what is wrong with it.
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.isTooLate) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (underWay.has(ctx)) {
      if (ctx.order < shown) ctx.push = ctx.replace = "false"; // the address has one that builds on it
      shown = Math.max(shown, ctx.order);
    }
  }, { capture: true });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    underWay.delete(ctx);
    if (ctx === returning) returning = null;
  });
  // At once: what is asked for next is what the address says then.
  addEventListener("popstate", ({ state }) => { if (state?.htmx) giveUp(); });

  // What was drawn before ----------------------------------------------------------------------------

  let before = location.search;
  function followed() {
    const [old, now] = [new URLSearchParams(before), new URLSearchParams(location.search)];
    before = location.search;
    const changed = changes(old, now);
    if (!changed.length) return;
    for (const link of document.querySelectorAll("#main a[href]")) {
      for (const name of ["href", "hx-get"]) {
        if (link.hasAttribute(name)) keepUp(link, name, old, now);
      }
    }
    for (const form of document.querySelectorAll("#main form[method=get]")) {
      for (const field of form.querySelectorAll("input[type=hidden][name]")) {
        if (changed.includes(field.name)) field.value = now.get(field.name) ?? "";
      }
    }
  }

  function keepUp(link, attribute, old, now) {
    const url = new URL(link.getAttribute(attribute), location.href);
    if (url.origin !== location.origin) return;
    const back = url.searchParams.get("next");
    if (back) {
      const next = new URL(back, location.href);
      if (next.pathname !== location.pathname || !inherit(next.searchParams, old, now)) return;
      url.searchParams.set("next", next.pathname + next.search);
    } else if (url.pathname !== location.pathname || !inherit(url.searchParams, old, now)) return;
    link.setAttribute(attribute, url.pathname + url.search + url.hash);
  }

  // What has the value that the address had did not mean to change it, and takes the new one.
  function inherit(values, old, now) {
    const own = changes(old, now).filter((name) => String(values.getAll(name)) === String(old.getAll(name)));
    for (const name of own) {
      values.delete(name);
      for (const value of now.getAll(name)) values.append(name, value);
    }
    return own.length > 0;
  }

  function changes(old, now) {
    const names = [...new Set([...old.keys(), ...now.keys()])];
    return names.filter((name) => String(old.getAll(name)) !== String(now.getAll(name)));
  }

  for (const type of ["push", "replace"]) document.addEventListener(`htmx:after:history:${type}`, followed);
  document.addEventListener("htmx:after:history:restore", () => { before = location.search; });
  addEventListener("popstate", () => { before = location.search; });

  return { search, behind, giveUp, leads, isHere, isFollowing: () => [...underWay].some((ctx) => ctx.behind) };
})();
