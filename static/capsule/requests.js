// Every request that htmx makes: shown while it lasts, and where it fails, said in the place concerned.
// What was typed is kept, whatever the answer.
(() => {
  const TYPED = "capsule:typed"; // session storage: what was typed when the sign-in or the page had expired

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
      const own = status < 400 && target.id ? ownPart(ctx.text, target.id) : null;
      if (own) {
        ctx.text = own; // an ordinary view answered with its page: the part in it is what was asked for
        return;
      }
      event.preventDefault();
      showNotice(ctx, status < 400 ? "strange" : kindOf(status));
    } else if (status >= 400 && !isAnswerTo(ctx)) {
      event.preventDefault();
      showNotice(ctx, kindOf(status), ctx.text);
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
    if (status === 410) return "404";
    return document.getElementById("request-notices").content.querySelector(`[data-notice="${status}"]`)
      ? String(status) : "500";
  };

  // The notice ---------------------------------------------------------------------------------------

  function showNotice(ctx, kind, text) {
    const notice = ours(text) ?? template(kind);
    const target = ctx.target instanceof Element ? ctx.target : ctx.sourceElement;
    const isExpired = notice.dataset.error === "csrf_failed";
    if (kind === "401" || isExpired) remember(ctx);
    if (isExpired) notice.lastElementChild.append(template("csrf").querySelector("[data-reload]"));
    for (const reload of notice.querySelectorAll("[data-reload]")) reload.href = location.href;
    for (const link of notice.querySelectorAll("[data-sign-in]")) {
      const url = new URL(link.href);
      url.searchParams.set("next", location.pathname + location.search);
      link.href = url.href;
    }
    notice.querySelector("[data-retry]")?.addEventListener("click", () => {
      notice.remove();
      again(ctx);
    });
    removeNotice(target);
    place(notice, target);
  }

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

  // What was typed, across the sign-in ----------------------------------------------------------------

  function remember(ctx) {
    const form = ctx.sourceElement.closest?.("form") ?? ctx.sourceElement.form;
    if (!form) return;
    const fields = [...form.elements].filter((field) => field.name && isTyped(field));
    const values = fields.map((field) => [field.name, field.value, field.checked]);
    const page = location.pathname + location.search;
    sessionStorage.setItem(TYPED, JSON.stringify({ page, person: person(), action: form.action, values }));
  }
  const person = () => document.body.dataset.person ?? "";
  const isTyped = (field) => !["password", "file", "hidden", "submit", "button"].includes(field.type);

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem(TYPED) ?? "null");
    if (kept?.page !== location.pathname + location.search) return;
    sessionStorage.removeItem(TYPED);
    if (kept.person && kept.person !== person()) return; // somebody else sits here now
    const form = [...document.forms].find((candidate) => candidate.action === kept.action);
    if (!form) return;
    for (const [name, value, checked] of kept.values) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (["checkbox", "radio"].includes(field.type)) {
          if (field.value === value) field.checked = checked;
        } else field.value = value;
      }
    }
    form.prepend(document.importNode(document.getElementById("restored-notice").content, true));
  }
  restore();
})();
