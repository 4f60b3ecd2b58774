// One record beside the table that it stands in: opened by its link, which without this file leads to its page.
(() => {
  const dialog = document.getElementById("drawer-dialog");
  if (!dialog) return; // a base template of somebody's own
  const link = document.getElementById("drawer-opener");
  htmx.process(link); // which htmx itself does a little later: a click before would be lost
  const words = document.getElementById("drawer-words").content;
  const FIELD = ":is(input:not([type=hidden]), select, textarea)";
  let opener = null; // the link of the row that is shown, to which the focus returns
  let content = document.getElementById("drawer"); // what is shown
  let untouched = "";

  const part = () => document.getElementById("drawer");
  const copy = (selector) => document.importNode(words.querySelector(selector), true);

  function open(href, from = null) {
    if (!dialog.open) {
      part().replaceWith(copy("#drawer"));
      dialog.showModal();
      untouched = typed();
    }
    opener = from ?? opener;
    link.setAttribute("hx-get", href);
    link.click();
  }

  function close() {
    const same = [...document.querySelectorAll("a.row-link")].find(({ href }) => href === opener?.href); // it may be back
    const goal = opener?.isConnected ? opener : same ?? document.querySelector(".data-table [data-drawer-link], #main");
    // Where the table has this row no more, by what was done here, it need not wait for whoever did it: placing.js.
    if (content.dataset.done !== undefined) goal.closest("tr")?.setAttribute("data-own", "");
    dialog.close();
    part().replaceWith(Object.assign(document.createElement("div"), { id: "drawer" }));
    content = part();
    goal?.focus();
  }
  // A visitor's first record is the first that there is to follow: until then their table follows nothing.
  function finish() {
    const table = opener?.closest(".data-table");
    close();
    if (table && !table.dataset.live) htmx.ajax("GET", location.href, { target: table, swap: "outerMorph" });
  }
  const linkOf = (row) => row?.querySelector("a.row-link");
  const beside = (step) => linkOf(opener?.closest("tr")?.[step < 0 ? "previousElementSibling" : "nextElementSibling"]);

  function neighbours() {
    for (const button of content.querySelectorAll("[data-drawer-step]")) button.hidden = !beside(button.dataset.drawerStep);
  }

  // What is new in the drawer gets the focus: what has to be put right, else where one begins.
  document.addEventListener("htmx:after:swap", () => {
    if (part() === content) return;
    if (!dialog.open) {
      if (!part().matches("[data-opens]")) return;
      opener = document.activeElement; // the button on the page that was answered with it
      dialog.showModal();
    }
    content = part();
    if (content.dataset.done !== undefined) return finish();
    untouched = typed();
    neighbours();
    const first = content.querySelector(`[aria-invalid=true]${FIELD}`) ?? content.querySelector(`[data-focus-first] ${FIELD}`);
    (first ?? document.getElementById("drawer-title")).focus();
  });
  // A button that was disabled while its form was sent has lost the focus; an answer that went wrong gives it back.
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (!dialog.open || !dialog.contains(ctx.sourceElement)) return;
    setTimeout(() => {
      if (ctx.sourceElement.matches("details")) ctx.sourceElement.scrollIntoView({ block: "nearest" }); // from below the fold
      if (dialog.open && !part().contains(document.activeElement)) (ctx.request.submitter ?? document.getElementById("drawer-title")).focus();
    });
  });

  // What others do to the record meanwhile ----------------------------------------------------------------

  // With every refresh of the page. The answer's id says what it takes the place of; none, that there is nothing new.
  let asked = 0;
  async function follow(isLeft) {
    const news = document.getElementById("drawer-news");
    const isBusy = () => part().querySelector(".drawer-confirm, .capsule-error");
    if (!news || isBusy()) return;
    const form = news.closest("form");
    const mine = ++asked;
    const sent = typed();
    const answer = await fetch(news.dataset.follow, {
      method: form ? "POST" : "GET",
      body: form && new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")),
      headers: {
        "HX-Request": "true", "HX-Target": "div#drawer",
        "Capsule-Version": isLeft ? "" : news.dataset.version,
        "Capsule-Focus": encodeURIComponent(document.activeElement.name ?? ""),
      },
    });
    const text = await answer.text();
    const [, id] = text.match(/id="(drawer[-\w]*)"/) ?? [];
    if (!id || mine !== asked || !news.isConnected || isBusy()) return;
    if (typed() !== sent) return follow(isLeft);
    await htmx.swap({ sourceElement: news, target: document.getElementById(id), text, swap: "outerMorph" });
    if (!dialog.querySelector("[data-typed]")) untouched = typed();
    neighbours();
  }
  const followed = (isLeft) => follow(isLeft).catch(() => {}); // without a network the next refresh asks again
  document.addEventListener("capsule:refreshed", () => followed());
  // A field that was left alone because somebody was in it.
  dialog.addEventListener("focusout", ({ target }) => { if (target.dataset.changedElsewhere) followed(true); });

  // Nobody loses what they typed by a slip ---------------------------------------------------------------

  function typed() {
    const pairs = [...dialog.querySelectorAll("form")].flatMap((form) => [...new FormData(form)]);
    return JSON.stringify(pairs.map(([name, value]) => [name, value.name ?? value]));
  }
  function leave(then) {
    if (!dialog.open || (!dialog.querySelector("[data-typed]") && typed() === untouched)) return then();
    dialog.querySelector(".drawer-confirm")?.remove();
    const question = copy(".drawer-confirm");
    const before = document.activeElement;
    question.querySelector("[data-drawer-discard]").addEventListener("click", then);
    question.querySelector("[data-drawer-keep]").addEventListener("click", () => {
      question.remove();
      before?.focus();
      followed();
    });
    part().append(question);
    question.querySelector("[data-drawer-keep]").focus();
  }
  function step(by) {
    const next = by && beside(by);
    if (next) leave(() => open(next.href, next));
  }

  // By hand, and by keyboard ------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const { target } = event;
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const to = target.closest("a[data-drawer-link], [data-drawer] a.row-link");
    if (to) leave(() => open(to.href, dialog.contains(to) ? null : to));
    else if (dialog.contains(target) && target.closest("[data-drawer-close]")) leave(close);
    else return step(Number(target.closest?.("[data-drawer-step]")?.dataset.drawerStep ?? 0));
    event.preventDefault();
  });
  dialog.addEventListener("pointerdown", ({ target }) => { if (target === dialog) leave(close); }); // beside it
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave(close);
  });
  dialog.addEventListener("keydown", (event) => {
    const by = event.altKey && { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) step(by);
    else if (event.key !== "Escape") return;
    else if (dialog.querySelector(".drawer-confirm")) dialog.querySelector("[data-drawer-keep]").click();
    else leave(close);
    event.preventDefault(); // a browser lets a second Escape pass without asking
  });
})();
