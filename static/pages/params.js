// A control of the page's own parameter: choosing changes the address, and what depends on it follows.
(() => {
  let typing = null; // the control in which typing has made its entry of the history: more of it makes no other

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    const form = ctx.sourceElement.closest?.("[data-param]");
    if (form) choose(event, ctx, form);
    else if (capsuleAddress.leads(ctx)) {
      typing = null;
      // Another widget while the answer to a choice is on its way: one answer brings both.
      if (capsuleAddress.isFollowing() && capsuleAddress.isHere(ctx)) {
        follow(ctx, capsuleAddress.behind().add(ctx.target.id));
      }
    }
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.typed && ctx.status === "swapped") typing = ctx.typed;
  });
  addEventListener("popstate", () => { typing = null; });

  // The rest of the address is as it stands now, whatever the form was drawn with.
  function choose(event, ctx, form) {
    const { request, sourceElement, sourceEvent } = ctx;
    const own = form.dataset.param;
    const url = new URL(request.action, location.href);
    const values = sourceElement === form ? meant(form, request.body.getAll(own)) : url.searchParams.getAll(own);
    const search = new URLSearchParams(capsuleAddress.search());
    const isTyped = sourceEvent?.type === "input";
    if (JSON.stringify(search.getAll(own)) === JSON.stringify(values)) {
      if (!isTyped) typing = null;
      event.preventDefault(); // it says so already
      return;
    }
    search.delete(own);
    for (const value of values) search.append(own, value);
    for (const name of [...request.body.keys()]) request.body.delete(name);
    request.action = `${url.pathname}${String(search) && "?"}${search}`;
    if (isTyped && typing === form.id) [ctx.push, ctx.replace] = ["false", "true"];
    if (isTyped) ctx.typed = form.id;
    else typing = null;
    follow(ctx, capsuleAddress.behind());
  }

  // Without what a plain form sends for "none", where nothing stands for it.
  function meant(form, values) {
    const filled = values.filter(Boolean);
    if (form.querySelector("[role=switch]")) return values.slice(-1);
    if (form.querySelector("fieldset")) return filled.length ? filled : values;
    return !filled.length && form.dataset.blank !== undefined ? [] : values;
  }

  // It takes the place of what is under way, and brings whatever is not as the address will say.
  function follow(ctx, behind) {
    capsuleAddress.giveUp();
    ctx.behind = behind;
    ctx.target = document.getElementById("main");
    ctx.swap = "refresh";
    ctx.request.headers["HX-Target"] = "main#main";
    ctx.request.headers["Capsule-Refresh"] = capsuleLive.asked(behind);
  }

  // A range that has a name is chosen with one press.
  document.addEventListener("click", ({ target }) => {
    const menu = target.closest?.(".param-dates a")?.closest("details");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
