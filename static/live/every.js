// What changes without anybody's word, another service's data say, is asked for again by the clock:
// data-refresh="30" on a widget's element, in seconds. Not while nobody looks or there is no network, and ever
// more seldom while it fails.
(() => {
  "use strict";

  const live = capsuleLive;
  const LONGEST = 60; // seconds between two questions to what keeps failing
  const JITTER = 0.1; // of the time: a thousand pages that were opened together do not all ask together

  const due = new Map(); // id -> when to ask for it, by the clock; Infinity while an answer is on its way
  const failures = new Map(); // id -> how many answers in a row were none
  let timer = null;

  const isFailing = (element) => element.matches(".widget-notice-failed") || element.querySelector("[data-aged]");

  function wait(element) {
    const every = Number(element.dataset.refresh);
    const times = isFailing(element) ? (failures.get(element.id) ?? 0) + 1 : 0;
    failures.set(element.id, times);
    const seconds = Math.min(every * 2 ** times, Math.max(every, LONGEST));
    return 1000 * seconds * (1 + JITTER * Math.random());
  }

  function look(answered = []) {
    const here = new Set();
    for (const element of document.querySelectorAll("[data-refresh][id]")) {
      here.add(element.id);
      if (!due.has(element.id) || answered.includes(element.id)) due.set(element.id, Date.now() + wait(element));
    }
    for (const id of [...due.keys()]) {
      if (here.has(id)) continue;
      due.delete(id);
      failures.delete(id);
    }
    plan();
  }

  function plan() {
    clearTimeout(timer);
    const next = Math.min(...due.values());
    if (Number.isFinite(next) && !document.hidden) timer = setTimeout(ask, Math.max(0, next - Date.now()));
  }

  function ask() {
    if (document.hidden || !navigator.onLine || live.isOver) return; // on return it is looked at again
    const ids = [...due].filter(([, at]) => at <= Date.now()).map(([id]) => id);
    for (const id of ids) due.set(id, Infinity);
    live.ask(ids); // which tries again by itself where the server does not answer
    plan();
  }

  function back() {
    live.again();
    plan();
  }

  document.addEventListener("capsule:refreshed", ({ detail }) => look(detail.ids));
  document.addEventListener("htmx:after:swap", () => look());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) back(); });
  addEventListener("online", back);
  look();
})();
