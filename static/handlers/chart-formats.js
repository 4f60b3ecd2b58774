// Numbers and times as the person reads them: functions from a value to its text.
window.capsuleCharts ??= {};
capsuleCharts.formats = (() => {
  "use strict";

  const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

  // Numbers ----------------------------------------------------------------------------------------------

  function number(format) {
    const language = document.documentElement.lang || undefined;
    const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    const small = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
    const few = (value) => (value && Math.abs(value) < 0.01 ? small : plain).format(value);
    const pattern = /^0(?:\.(0+))?(%?)$/.exec(format); // so many decimals: "0.00", "0.0%"
    if (pattern || format === "percent") {
      const decimals = pattern?.[1]?.length ?? 0;
      const percent = new Intl.NumberFormat(language, {
        style: pattern && !pattern[2] ? "decimal" : "percent",
        minimumFractionDigits: decimals,
        maximumFractionDigits: pattern ? decimals : 1,
      });
      return (value) => percent.format(value);
    }
    if (format === "plain") {
      const ungrouped = new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 15 });
      return (value) => ungrouped.format(value);
    }
    if (format === "bytes") return (value) => bytes(value, language);
    if (format === "duration") return (value) => `${value < 0 ? "-" : ""}${duration(Math.abs(value), language)}`;
    const currency = /^(?:currency:)?([A-Z]{3})$/.exec(format)?.[1];
    if (currency) {
      const money = new Intl.NumberFormat(language, { style: "currency", currency });
      return (value) => money.format(value);
    }
    if (format.length === 1) return (value) => `${format}${few(value)}`; // a currency's sign by itself
    return few;
  }

  function bytes(value, language) {
    let unit = 0;
    while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) { value /= 1024; unit += 1; }
    const decimals = unit && Math.abs(value) < 100 ? 1 : 0;
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return `${value.toLocaleString(language, digits)} ${UNITS[unit]}`;
  }

  // Seconds by their two largest units; each is rounded to the smaller unit that it shows. As capsule/formats/durations.py.
  function duration(seconds, language) {
    const one = (count, unit, digits = 0) =>
      `${count.toLocaleString(language, { maximumFractionDigits: digits })}\u00a0${unit}`;
    const two = (count, large, small, size) =>
      [one(Math.floor(count / size), large), ...(count % size ? [one(count % size, small)] : [])].join(" ");
    const [whole, minutes] = [Math.round(seconds), Math.round(seconds / 60)];
    if (!seconds) return one(0, "s");
    if (seconds < 0.9995) return one(seconds * 1000, "ms", seconds < 0.01 ? 1 : 0);
    if (seconds < 9.95) return one(seconds, "s", 1);
    if (whole < 60) return one(whole, "s");
    if (whole < 3600) return two(whole, "min", "s", 60);
    if (minutes < 1440) return two(minutes, "h", "min", 60);
    return seconds < 100 * 86_400 ? two(Math.round(seconds / 3600), "d", "h", 24) : one(Math.round(seconds / 86_400), "d");
  }

  // An axis has room for few letters: whole amounts without their cents, millions as 2M.
  function short(format) {
    const write = number(format);
    const language = document.documentElement.lang || undefined;
    const currency = /^(?:currency:)?([A-Z]{3})$/.exec(format)?.[1];
    const style = currency ? { style: "currency", currency } : {};
    const compact = new Intl.NumberFormat(language, { ...style, notation: "compact", maximumFractionDigits: 1 });
    const whole = currency && new Intl.NumberFormat(language, { ...style, maximumFractionDigits: 0 });
    return (value) => {
      if (Math.abs(value) >= 1e5 && (format === "number" || currency)) return compact.format(value);
      return whole && Number.isInteger(value) ? whole.format(value) : write(value);
    };
  }

  // Times ------------------------------------------------------------------------------------------------

  // The page's language as the person's browser writes it: en-GB rather than en, where it says so.
  function language() {
    const page = document.documentElement.lang;
    return navigator.languages.find((one) => one.split("-")[0] === page.split("-")[0]) || page || undefined;
  }

  const PARTS = {
    clock: { hour: "numeric", minute: "2-digit" },
    seconds: { hour: "numeric", minute: "2-digit", second: "2-digit" },
    day: { day: "numeric", month: "short" },
    "day of year": { day: "numeric", month: "short", year: "numeric" },
    month: { month: "short" },
    "month of year": { month: "short", year: "numeric" },
    year: { year: "numeric" },
    "long day": { weekday: "short", day: "numeric", month: "long", year: "numeric" },
    "long month": { month: "long", year: "numeric" },
    "long instant": { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" },
  };

  const writers = new Map();
  function writer(part, zone) {
    const name = `${part} ${zone} ${document.documentElement.lang}`;
    if (!writers.has(name)) {
      const options = PARTS[part];
      try {
        writers.set(name, new Intl.DateTimeFormat(language(), { ...options, timeZone: zone }));
      } catch { // a zone that this browser does not know
        writers.set(name, new Intl.DateTimeFormat(language(), { ...options, timeZone: "UTC" }));
      }
    }
    return writers.get(name);
  }

  // One of PARTS of a moment; a quarter is written by its number.
  const time = (at, part, zone) => writer(part, zone).format(at);

  function moment(at, unit, zone) {
    const day = new Date(at);
    if (unit === "quarter") return `Q${Math.floor(day.getUTCMonth() / 3) + 1} ${day.getUTCFullYear()}`;
    return time(at, { day: "long day", week: "long day", month: "long month" }[unit] ?? "long instant", zone);
  }

  return { number, short, time, moment };
})();
