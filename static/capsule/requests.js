// Every request that htmx makes: shown while it lasts, and where it fails, said in the place concerned.
// What was typed is kept, whatever the answer.
(() => {
  const PENDING = "capsule:typed"; // session storage: what was pending when the sign-in or the page had expired
  const PENDING_FOR = 30 * 60 * 1000; // milliseconds: what is older is brought back, but no more sent by itself
  const STEPS = "[data-retry], [data-reload], [data-sign-in]";

  // While it lasts ---------------------------------------------------------------------------------

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    removeNotice(ctx.target);
    if (ctx.target && ctx.target !== document.body) {
      ctx.target.classList.add("is-loading"); // look.css waits 300 ms before it shows
      ctx.target.setAttribute("aria-busy", "true");
    }
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    ctx.target?.classList?.remove("is-loading");
    ctx.target?.removeAttribute?.("aria-busy");
  });

  // When it answers --------------------------------------------------------------------------------

  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const status = ctx.response.status;
    const target = ctx.target;
    if (isWholePage(ctx.text) && target !== document.body && !ctx.select && ctx.swap !== "none") {
      // A page that says beside its own control what is wrong with a choice (params.js) is an answer too.
      const isAnswer = status < 400 || (status === 400 && ctx.behind);
      const own = isAnswer && target.id ? ownPart(ctx.text, target.id) : null;
      if (own) {
        ctx.text = own; // an ordinary view answered with its page: the part in it is what was asked for
        return;
      }
      event.preventDefault();
      showNotice(ctx, status < 400 ? "strange" : kindOf(status));
    } else if (status >= 400 && !isAnswerTo(ctx)) {
      event.preventDefault();
      showNotice(ctx, kindOf(status), ctx.text);
      if (status === 410) capsuleLive.heal(target);
    }
  });
  document.addEventListener("htmx:error", ({ detail: { ctx, error } }) => {
    if (!ctx || ctx.response) return;
    const timedOut = ctx.request?.signal?.reason === "timeout";
    if (error?.name === "AbortError" && !timedOut) return; // a newer request took its place
    showNotice(ctx, timedOut ? "timeout" : "network");
  });

  const isWholePage = (text) => /^\s*<(?:!doctype|html|head|body)\b/i.test(text);
  const isNotice = (text) => /^\s*<[^>]*\bcapsule-error\b/.test(text);
  // A form or a widget that comes back with its own message, rather than a notice or somebody else's words.
  const isAnswerTo = ({ text, response, target }) =>
    text.trim() && !isNotice(text) &&
    ([400, 409, 422].includes(response.status) || (target.id && text.includes(`id="${target.id}"`)));
  const ownPart = (text, id) =>
    new DOMParser().parseFromString(text, "text/html").getElementById(id)?.outerHTML;
  const kindOf = (status) => {
    const kind = status === 410 ? "404" : String(status);
    const isKnown = document.getElementById("request-notices").content.querySelector(`[data-notice="${kind}"]`);
    return isKnown ? kind : status < 500 ? "422" : "500";
  };

  // The notice ---------------------------------------------------------------------------------------

  function showNotice(ctx, kind, text) {
    const notice = ours(text) ?? template(kind);
    const target = ctx.target instanceof Element ? ctx.target : ctx.sourceElement;
    const isExpired = notice.dataset.error === "csrf_failed";
    if (!notice.querySelector(STEPS)) offer(notice, template(isExpired ? "csrf" : kind).querySelector(STEPS));
    if (notice.querySelector("[data-reload], [data-sign-in]")) remember(ctx); // the way leads over another page
    for (const reload of notice.querySelectorAll("[data-reload]")) reload.href = pageOf(formOf(ctx));
    for (const link of notice.querySelectorAll("[data-sign-in]")) leadBack(link, ctx);
    notice.querySelector("[data-retry]")?.addEventListener("click", () => {
      notice.remove();
      again(ctx);
    });
    removeNotice(target);
    place(notice, target);
  }

  function offer(notice, step) {
    if (step) notice.lastElementChild.append(step);
  }

  // Back to this page, or to the address that the request would have led to: a sort, a page, a filter, a tab.
  function leadBack(link, ctx) {
    const url = new URL(link.href);
    url.searchParams.set("next", leads(ctx) ? ctx.request.action : pageOf(formOf(ctx)));
    link.href = url.href;
    link.addEventListener("click", sendOnReturn);
  }
  const leads = ({ request, push }) => request.method === "GET" && push && push !== "false";

  function ours(text) {
    if (!text || !isNotice(text)) return null;
    return new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
  }
  const template = (kind) => {
    const notices = document.getElementById("request-notices").content;
    // importNode, not cloneNode: only as part of this document do the links inside know its address.
    return document.importNode(notices.querySelector(`[data-notice="${kind}"]`), true);
  };

  // Inside the target where it can hold a block, else beside it: a row or a field cannot.
  function place(notice, target) {
    if (!target?.isConnected) {
      document.getElementById("toasts").append(notice);
      return;
    }
    notice.dataset.noticeFor = noticeKey(target);
    const table = target.closest("table");
    if (table) (table.closest(".table-responsive") ?? table).before(notice);
    else if (target.matches("input, select, textarea, button, a, label, span, img, progress")) {
      (target.closest("label") ?? target).after(notice);
    } else target.prepend(notice);
  }
  let counted = 0;
  function noticeKey(target) {
    target.dataset.noticeKey ??= target.id || `place-${++counted}`;
    return target.dataset.noticeKey;
  }
  function removeNotice(target) {
    const key = target?.dataset?.noticeKey;
    if (key) document.querySelectorAll(`[data-notice-for="${CSS.escape(key)}"]`).forEach((old) => old.remove());
  }

  function again({ sourceElement, sourceEvent, request }) {
    if (!sourceElement.isConnected) location.reload();
    else if (sourceElement.matches("form")) sourceElement.requestSubmit(request.submitter ?? undefined);
    else if (sourceEvent?.type === "click") sourceElement.click();
    else sourceElement.dispatchEvent(new Event(sourceEvent?.type ?? "change", { bubbles: true }));
  }

  // What was pending, across the sign-in --------------------------------------------------------------

  const person = () => document.body.dataset.person ?? "";
  const acting = () => document.body.dataset.acting ?? "";
  const here = () => location.pathname + location.search;
  // A form that a page shows for a while only, in a drawer or a cell, is found again on the page of its own.
  const pageOf = (form) => {
    if (!form?.matches("[data-own-page]")) return here();
    const { pathname, search } = new URL(addressOf(form));
    return pathname + search;
  };
  const formOf = ({ sourceElement }) => sourceElement.closest?.("form") ?? sourceElement.form;
  const isTyped = (field) => !["password", "file", "hidden", "submit", "button"].includes(field.type);
  const isLost = (field) => ["password", "file"].includes(field.type) && field.value; // never kept
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && isTyped(field));
  // Not form.action, nor form.id: a field of that name would take their place.
  const addressOf = (form) => new URL(form.getAttribute("action") ?? "", location.href).href;
  const pressed = (form, [name, value]) =>
    [...form.elements].find((one) => one.type === "submit" && one.name === name && one.value === value);
  const kept = () => JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  const keep = (pending) => sessionStorage.setItem(PENDING, JSON.stringify(pending));

  function remember(ctx) {
    const form = formOf(ctx);
    if (!form || leads(ctx)) return;
    const button = ctx.request.submitter;
    keep({
      page: pageOf(form), person: person(), acting: acting(), at: Date.now(),
      id: form.getAttribute("id") ?? "", action: addressOf(form),
      submitter: button?.name ? [button.name, button.value] : null,
      // What a part of a form sent by itself is not what the form would send.
      isWhole: ctx.sourceElement === form && ![...form.elements].some(isLost),
      values: fieldsOf(form).map((field) => [field.name, chosen(field) ?? field.value, field.checked]),
    });
  }
  const chosen = (field) =>
    field.type === "select-multiple" ? [...field.selectedOptions].map(({ value }) => value) : null;

  // Only who goes to sign in from here means to send it: whoever just comes by later is asked.
  function sendOnReturn() {
    const pending = kept();
    if (pending) keep({ ...pending, isSent: true });
  }

  function restore() {
    const pending = kept();
    const isAnothers = pending?.person && person() && pending.person !== person(); // who sits here now
    if (isAnothers) sessionStorage.removeItem(PENDING);
    if (isAnothers || pending?.page !== here()) return;
    sessionStorage.removeItem(PENDING); // once, whatever becomes of it
    if (pending.person && !person()) return; // nobody has signed in
    const form = document.getElementById(pending.id) ??
      [...document.forms].find((candidate) => addressOf(candidate) === pending.action);
    if (!form?.matches("form")) return;
    fill(form, pending.values);
    const button = pending.submitter && pressed(form, pending.submitter);
    if (button !== undefined && mayBeSent(pending, form)) {
      setTimeout(() => send(form, button)); // htmx begins in a time-out of its own, before
    } else form.prepend(document.importNode(document.getElementById("restored-notice").content, true));
  }

  // To where it was meant to go, for the one that it was meant for: signing in begins in the person's first
  // organisation. Of a visitor who then signed in nobody knows whether it is the same person.
  const mayBeSent = (pending, form) =>
    pending.isSent && pending.isWhole && pending.person && pending.acting === acting() &&
    pending.action === addressOf(form) && Date.now() - pending.at < PENDING_FOR;

  function fill(form, values) {
    const fields = fieldsOf(form);
    for (const [name, value, checked] of values) {
      const isChoice = ({ type }) => ["checkbox", "radio"].includes(type);
      const at = fields.findIndex((one) => one.name === name && (!isChoice(one) || one.value === value));
      if (at < 0) continue;
      const [field] = fields.splice(at, 1);
      if (isChoice(field)) field.checked = checked;
      else if (Array.isArray(value)) for (const one of field.options) one.selected = value.includes(one.value);
      else field.value = value;
    }
  }

  function send(form, submitter) {
    const answered = ({ detail: { ctx } }) => {
      if (ctx.sourceElement !== form) return;
      document.removeEventListener("htmx:after:request", answered);
      if (ctx.response.status >= 400) return; // said in its place
      const toasts = document.getElementById("toasts");
      toasts.append(document.importNode(document.getElementById("sent-notice").content, true));
    };
    document.addEventListener("htmx:after:request", answered);
    form.requestSubmit(submitter);
  }
  restore();
})();
