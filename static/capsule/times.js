// The exact text of a <time data-relative> becomes relative ("3 hours ago"), and stays right as time passes. The
// server sends no clock: what it made may be shown to many, at any time. "week": within a week of now, in which
// a person counts so; "always": however far away. The exact text is its title then. data-now="a moment ago" is said
// below a minute, in a sentence where "now" reads oddly.
(() => {
  "use strict";

  const EVERY = 20_000; // milliseconds between two looks at the clock
  const MINUTE = 60, HOUR = 3600, DAY = 86_400; // seconds
  const WEEK = 7; // days
  const TIMES = "time[data-relative]";

  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || undefined, { numeric: "auto" });
  const calendar = dated();

  // The day on which a moment lies for this person, whose zone need not be their browser's.
  function dated() {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit" };
    try {
      return new Intl.DateTimeFormat("en", { ...parts, timeZone: document.body.dataset.timeZone || undefined });
    } catch {
      return new Intl.DateTimeFormat("en", parts); // a zone that this browser does not know
    }
  }

  function dayOf(moment) {
    const found = Object.fromEntries(calendar.formatToParts(moment).map(({ type, value }) => [type, value]));
    return Date.UTC(found.year, found.month - 1, found.day) / 1000 / DAY;
  }

  function inDays(days, always) {
    if (Math.abs(days) < WEEK) return words.format(days, "day");
    if (!always) return null;
    if (Math.abs(days) < 30) return words.format(Math.trunc(days / WEEK), "week");
    if (Math.abs(days) < 365) return words.format(Math.trunc(days / 30.44), "month");
    return words.format(Math.trunc(days / 365.25), "year");
  }

  // Nothing where the exact text is the better one.
  function relative({ dateTime: written, dataset }, now) {
    const always = dataset.relative === "always";
    const isDay = written.length === 10;
    const then = isDay ? new Date(`${written}T00:00Z`) : new Date(written);
    if (Number.isNaN(then.getTime())) return null;
    const days = (isDay ? Math.round(then / 1000 / DAY) : dayOf(then)) - dayOf(now);
    if (isDay) return inDays(days, always);
    const seconds = (then - now) / 1000;
    if (Math.abs(seconds) < MINUTE) return dataset.now ?? words.format(0, "second");
    if (Math.abs(seconds) < HOUR) return words.format(Math.trunc(seconds / MINUTE), "minute");
    if (Math.abs(seconds) < DAY) return words.format(Math.trunc(seconds / HOUR), "hour");
    return inDays(days, always);
  }

  // A morph brings the exact text back and takes the title away: then it begins anew.
  function write(time, now) {
    const exact = time.title || time.textContent;
    const text = relative(time, now);
    if (text === null) time.removeAttribute("title");
    else if (time.title !== exact) time.title = exact;
    if (time.textContent !== (text ?? exact)) time.textContent = text ?? exact;
  }

  function writeAll() {
    const now = new Date();
    for (const time of document.querySelectorAll(TIMES)) write(time, now);
  }

  writeAll();
  setInterval(() => { if (!document.hidden) writeAll(); }, EVERY);
  document.addEventListener("visibilitychange", writeAll);
  addEventListener("pageshow", writeAll);
  // Before anything new is painted, wherever it came from.
  new MutationObserver(writeAll).observe(document.body, { childList: true, characterData: true, subtree: true });
})();
