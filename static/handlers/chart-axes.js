// The axes of a chart: by time, in the person's zone, by number, or one point after the other.
window.capsuleCharts ??= {};
capsuleCharts.axes = (() => {
  "use strict";

  const { formats, look } = capsuleCharts;
  const [SECOND, MINUTE, HOUR, DAY] = [1000, 60000, 3600000, 86400000];
  const MONDAY = 4 * DAY; // 1970 began on a Thursday
  const STEPS = [
    ...[1, 5, 15, 30].map((count) => ({ size: count * SECOND, part: "seconds" })),
    ...[1, 5, 15, 30].map((count) => ({ size: count * MINUTE, part: "clock" })),
    ...[1, 3, 6, 12].map((count) => ({ size: count * HOUR, part: "clock" })),
    ...[1, 2].map((count) => ({ size: count * DAY, part: "day" })),
    ...[7, 14].map((count) => ({ size: count * DAY, part: "day", from: MONDAY })),
    ...[1, 2, 3, 6].map((months) => ({ size: months * 30.4 * DAY, months, part: "month" })),
    ...[1, 2, 5, 10, 20, 50, 100, 500, 1000].map((years) => ({ size: years * 365 * DAY, months: years * 12, part: "year" })),
  ];
  const UNITS = { instant: 0, day: DAY, week: 7 * DAY, month: 28 * DAY, quarter: 90 * DAY };
  const ROOM = 56; // pixels that a tick's words take, with some space
  const [LETTER, SHORT, LONG] = [7, 8, 20]; // pixels of one; names of points are cut to no less and no more

  // What a clock in the zone shows, as if it were UTC, and the way back.
  function clockOf(zone) {
    if (zone === "UTC") return { shown: (at) => at, at: (shown) => shown };
    let parts;
    const options = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" };
    try {
      parts = new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone });
    } catch {
      return clockOf("UTC");
    }
    const shown = (at) => {
      const found = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
      return Date.UTC(found.year, found.month - 1, found.day, found.hour, found.minute, found.second);
    };
    const back = (wanted) => { // twice, for the offset may be another there
      const near = wanted - (shown(wanted) - wanted);
      return wanted - (shown(near) - near);
    };
    return { shown, at: back };
  }

  function marks(from, to, most, unit, clock) {
    const step = STEPS.find(({ size }) => size >= UNITS[unit] && (to - from) / size <= most) ?? STEPS.at(-1);
    const found = [];
    const [begin, end] = [clock.shown(from), clock.shown(to)];
    if (step.months) {
      const first = new Date(begin);
      let month = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step.months) * step.months;
      for (let at; (at = new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1)) <= end; month += step.months) {
        found.push(clock.at(at));
      }
    } else {
      const shift = step.from ?? 0;
      for (let at = Math.ceil((begin - shift) / step.size) * step.size + shift; at <= end; at += step.size) found.push(clock.at(at));
    }
    return { step, values: found.filter((at) => at >= from && at <= to) };
  }

  function timeAxis(drawing, bounds) {
    const { unit, zone } = drawing;
    const clock = clockOf(zone);
    let step = STEPS[0];
    return {
      type: "linear",
      ...bounds,
      afterBuildTicks(axis) {
        const room = axis.isHorizontal() ? axis.width / ROOM : axis.height / 24;
        const found = marks(axis.min, axis.max, Math.max(3, room), unit, clock);
        step = found.step;
        axis.ticks = (found.values.length ? found.values : [axis.min / 2 + axis.max / 2]).map((value) => ({ value }));
      },
      tickWords(value, at, ticks) {
        const isMidnight = step.part === "clock" && clock.shown(value) % DAY === 0;
        if (unit === "quarter" && step.part === "month") return formats.moment(value, unit, zone);
        // The year where another begins: else it would stand at every tick.
        const year = (one) => new Date(clock.shown(one)).getUTCFullYear();
        const before = at ? year(ticks[at - 1].value) : new Date().getFullYear();
        const part = isMidnight ? "day" : step.part;
        const isNew = (part === "day" || part === "month") && year(value) !== before;
        return formats.time(value, isNew ? `${part} of year` : part, zone);
      },
    };
  }

  // Where the axis begins and ends: bars have half a step more on either side, and so has a point by itself.
  function bounds(drawing) {
    const points = drawing.type === "scatter" ? drawing.series.flatMap(({ values }) => values.map(([x]) => x)) : drawing.points;
    let [min, max] = [Infinity, -Infinity];
    let step = Infinity;
    points.forEach((at, index) => {
      min = Math.min(min, at);
      max = Math.max(max, at);
      if (index && at > points[index - 1]) step = Math.min(step, at - points[index - 1]);
    });
    if (!Number.isFinite(step)) step = drawing.axis === "time" ? UNITS[drawing.unit] || HOUR : 1;
    const isWide = drawing.type === "bar" || min === max;
    const aside = isWide ? step / 2 : drawing.type === "scatter" ? (max - min) * 0.02 : 0;
    return { min: min - aside, max: max + aside };
  }

  function alongAxis(drawing) {
    const ticks = { color: look.themed("secondary"), maxRotation: 0, autoSkipPadding: 16 };
    const common = { grid: { display: drawing.type === "scatter", color: look.themed("border-color") }, border: { color: look.themed("border-color") } };
    if (drawing.axis === "category") {
      const callback = function (at) {
        const room = this.isHorizontal() ? this.width / (this.max - this.min + 1) / LETTER - 2 : LONG;
        const [words, most] = [drawing.points[at] ?? "", Math.max(SHORT, Math.floor(room))];
        return words.length > most ? `${words.slice(0, most - 1)}…` : words;
      };
      return { ...common, ticks: { ...ticks, maxRotation: drawing.horizontal ? 0 : 45, callback } };
    }
    // The first at the top; and no more room beside bars than what they have already.
    const ends = { ...bounds(drawing), reverse: drawing.horizontal, offset: false };
    if (drawing.axis === "time") {
      const { tickWords, ...axis } = timeAxis(drawing, ends);
      return { ...common, ...axis, ticks: { ...ticks, autoSkip: false, callback: tickWords } };
    }
    const write = drawing.xFormat ? formats.short(drawing.xFormat) : years();
    return { ...common, type: "linear", ...ends, ticks: { ...ticks, includeBounds: false, callback: write } };
  }

  // Numbers along the axis: 2026 without a separator, 20,260 with one.
  function years() {
    const few = new Intl.NumberFormat(document.documentElement.lang || undefined, { useGrouping: "min2", maximumFractionDigits: 2 });
    return (value) => few.format(value);
  }

  function acrossAxis(drawing) {
    const format = drawing.series[0]?.format ?? "number";
    const write = formats.short(format);
    const values = drawing.series.flatMap(({ values }) => values.map((one) => (Array.isArray(one) ? one[1] : one)))
      .filter((value) => value !== null);
    // Counts, and nothing but zeros, are measured from zero, in whole steps; and so is what has a size.
    const isCount = format === "number" && values.every((value) => Number.isInteger(value) && value >= 0);
    const hasSize = drawing.type === "bar" || drawing.type === "area";
    const marked = drawing.reference?.value;
    return {
      beginAtZero: hasSize || (isCount && drawing.type !== "scatter") || values.every((value) => value === 0),
      stacked: drawing.stacked,
      ...(marked === undefined ? {} : { suggestedMin: marked, suggestedMax: marked }),
      ticks: { color: look.themed("secondary"), maxTicksLimit: 7, ...(isCount ? { precision: 0 } : {}), callback: (value) => write(value) },
      grid: { color: look.themed("border-color") },
      border: { display: false },
    };
  }

  // What a point of the axis is called, in a tooltip.
  function named(drawing) {
    if (drawing.axis === "time") return (at) => formats.moment(at, drawing.unit, drawing.zone);
    if (drawing.axis === "number") return drawing.xFormat ? formats.number(drawing.xFormat) : years();
    return (at) => drawing.points[at] ?? "";
  }

  function scales(drawing) {
    const along = { ...alongAxis(drawing), stacked: drawing.stacked };
    return drawing.horizontal ? { y: along, x: acrossAxis(drawing) } : { x: along, y: acrossAxis(drawing) };
  }

  return { named, scales };
})();
