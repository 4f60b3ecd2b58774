// A control of the page's own parameter: choosing changes the address, and what depends on it follows. And
// whatever changes the address, the links and forms that were drawn before it keep up.
(() => {
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.matches("[data-param]")) {
      ctx.request.headers["Capsule-Refresh"] = capsuleLive.asked(new Set());
      // What other widgets keep in the address was written here when the page was drawn: it stands there now.
      const own = ctx.sourceElement.dataset.param;
      for (const name of [...ctx.request.body.keys()]) if (name !== own) ctx.request.body.delete(name);
      for (const [name, value] of new URLSearchParams(location.search)) {
        if (name !== own) ctx.request.body.append(name, value);
      }
    }
  });

  let before = location.search;
  const followed = () => {
    const [old, now] = [new URLSearchParams(before), new URLSearchParams(location.search)];
    before = location.search;
    const names = [...new Set([...old.keys(), ...now.keys()])];
    const changed = names.filter((name) => String(old.getAll(name)) !== String(now.getAll(name)));
    if (!changed.length) return;
    for (const link of document.querySelectorAll("#main a[href]")) {
      for (const name of ["href", "hx-get"]) {
        if (link.hasAttribute(name)) keepUp(link, name, old, now, changed);
      }
    }
    for (const form of document.querySelectorAll("#main form[method=get]")) {
      for (const field of form.querySelectorAll("input[type=hidden][name]")) {
        if (changed.includes(field.name)) field.value = now.get(field.name) ?? "";
      }
    }
  };

  // A link has the value that the address had: then it did not mean to change it, and takes the new one.
  function keepUp(link, attribute, old, now, changed) {
    const url = new URL(link.getAttribute(attribute), location.href);
    if (url.origin !== location.origin) return;
    const back = url.searchParams.get("next");
    if (back) {
      const next = new URL(back, location.href);
      if (next.pathname !== location.pathname || !inherit(next, old, now, changed)) return;
      url.searchParams.set("next", next.pathname + next.search);
    } else if (url.pathname !== location.pathname || !inherit(url, old, now, changed)) return;
    link.setAttribute(attribute, url.pathname + url.search + url.hash);
  }

  function inherit(url, old, now, changed) {
    const own = changed.filter((name) => String(url.searchParams.getAll(name)) === String(old.getAll(name)));
    for (const name of own) {
      url.searchParams.delete(name);
      for (const value of now.getAll(name)) url.searchParams.append(name, value);
    }
    return own.length > 0;
  }

  for (const type of ["push", "replace"]) document.addEventListener(`htmx:after:history:${type}`, followed);
  document.addEventListener("htmx:after:history:restore", () => { before = location.search; });
  addEventListener("popstate", () => { before = location.search; });
})();
