// The small conveniences of the shell. All of it works without this file, only with a page load more.
(() => {
  const root = document.documentElement;

  // The look changes at once; the server is told behind it.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const look = event.submitter.value;
    root.dataset.look = look;
    document.dispatchEvent(new CustomEvent("capsule:look"));
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === look));
    }
    fetch(form.action, {
      method: "POST",
      body: new FormData(form, event.submitter),
      headers: { "HX-Request": "true" },
    }).catch(() => {}); // the look is a convenience: offline it holds for this page
  });

  // A menu closes by Escape, by a click beside it, and when focus leaves it.
  const openMenus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      const held = menu.contains(document.activeElement);
      menu.open = false;
      if (held) menu.querySelector("summary").focus();
    }
  });
  const closeOthers = (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  };
  document.addEventListener("click", closeOthers);
  document.addEventListener("focusin", closeOthers);
  // One whose form has been taken has done what it was opened for.
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const menu = ctx.sourceElement?.closest?.('details[data-menu="once"][open]');
    if (!menu || ctx.response?.status !== 200) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // What happened: said by the live region, dismissed by its button; good news goes by itself.
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest(".capsule-toast")?.remove();
  });
  const LEAVES_AFTER = 8000; // milliseconds
  const OFFERS_FOR = 20000; // one that can be taken back stays longer
  const leaveLater = (toast) => {
    if (toast.matches(".capsule-toast-success, .capsule-toast-info")) {
      const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : toast.remove());
      setTimeout(leave, toast.querySelector("form") ? OFFERS_FOR : LEAVES_AFTER);
    }
  };
  const toasts = document.getElementById("toasts");
  if (toasts) {
    toasts.querySelectorAll(".capsule-toast").forEach(leaveLater);
    const words = (toast) => toast.querySelector("p")?.textContent;
    new MutationObserver((changes) => {
      for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
        if (node.nodeType !== 1) continue;
        for (const old of [...toasts.children]) if (old !== node && words(node) && words(old) === words(node)) old.remove(); // said anew
        leaveLater(node);
      }
    }).observe(toasts, { childList: true });
  }

  // A drawer that is open while the window grows would stay above the page.
  matchMedia("(min-width: 992px)").addEventListener("change", () => {
    const sidebar = document.getElementById("sidebar");
    if (sidebar?.matches(":popover-open")) sidebar.hidePopover();
  });
})();
