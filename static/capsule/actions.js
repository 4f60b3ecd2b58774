// A button's press has its effect once: a key goes with it, and the next press has another only after an answer.
// So a second click while the first is under way, or trying again without an answer, does nothing twice.
(() => {
  const keys = new WeakMap();
  const made = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const { sourceElement } = ctx;
    if (!sourceElement.matches("[data-act]")) return;
    if (!keys.has(sourceElement)) keys.set(sourceElement, made());
    ctx.request.body.set("once", keys.get(sourceElement));
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.response.status < 500) keys.delete(ctx.sourceElement);
  });
})();
