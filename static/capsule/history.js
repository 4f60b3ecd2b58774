// Back and Forward bring the page back, and where it was scrolled to, once what was there is there again: until
// then it may be too short, so that the browser's own attempt ends too high.
(() => {
  const SETTLED = 100; // milliseconds without scrolling until a place is worth keeping
  let settling = null;
  let returning = null;

  const keep = () => {
    if (returning === null) history.replaceState({ ...history.state, scroll: scrollY }, "");
  };
  document.addEventListener("htmx:before:history:update", () => {
    clearTimeout(settling);
    keep();
  });
  addEventListener("scroll", () => {
    clearTimeout(settling);
    settling = setTimeout(keep, SETTLED);
  }, { passive: true });

  // An address with two faces (a handler's, a collection's) gives a program's to who does not ask for a page.
  document.addEventListener("htmx:config:request", ({ detail: { ctx: { request } } }) => {
    if (request.headers["HX-History-Restore-Request"]) request.headers.Accept = "text/html";
  });

  // At once: the state is that of where one goes already, and what is in sight still where one comes from.
  addEventListener("popstate", () => clearTimeout(settling));
  document.addEventListener("htmx:before:history:restore", () => {
    returning = { place: history.state?.scroll ?? 0 };
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (!ctx.request.headers["HX-History-Restore-Request"]) return;
    if (ctx.isTooLate) returning = null; // gone on from where they were (address.js)
    if (returning === null || ctx.status.includes("AbortError")) return; // gone further: the next one ends it
    const arrived = returning;
    // The browser's own attempt comes with the end of this one; ours follows it.
    requestAnimationFrame(() => setTimeout(() => {
      if (returning !== arrived) return; // on the way further back meanwhile, which ends it
      scrollTo(scrollX, arrived.place);
      returning = null;
    }));
  });
})();
