// Draws each chart of the page from the JSON beside its canvas, in the theme's colours.
(() => {
  "use strict";

  const COLORS = ["blue", "orange", "green", "purple", "red", "cyan", "yellow", "pink"];
  // Told apart without colour: by the line's dashes and points, by a bar's hatching.
  const DASHES = [[], [7, 4], [2, 3], [10, 4, 2, 4], [14, 4], [1, 5], [6, 2, 2, 2, 2, 2], [4, 8]];
  const POINTS = ["circle", "triangle", "rect", "rectRot", "cross", "star", "crossRot", "dash"];
  const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

  const drawn = new WeakMap(); // canvas -> the JSON that it shows
  const hidden = new Map(); // figure's id -> the labels of the series that the person has hidden
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

  // A variable's text may be light-dark(oklch(...)): the browser resolves it, a pixel gives it as rgb.
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });

  function themed(name) {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(--tblr-${name}, gray)`;
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = getComputedStyle(probe).color;
    pixel.fillRect(0, 0, 1, 1);
    probe.remove();
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;
  }

  function formatter(format) {
    const language = document.documentElement.lang || undefined;
    const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    const small = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
    const number = (value) => (value && Math.abs(value) < 0.01 ? small : plain).format(value);
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
    if (format === "bytes") {
      return (value) => {
        let unit = 0;
        while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) { value /= 1024; unit += 1; }
        const decimals = unit && Math.abs(value) < 100 ? 1 : 0;
        return `${value.toLocaleString(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })} ${UNITS[unit]}`;
      };
    }
    const currency = /^(?:currency:)?([A-Z]{3})$/.exec(format)?.[1];
    if (currency) {
      const money = new Intl.NumberFormat(language, { style: "currency", currency });
      return (value) => money.format(value);
    }
    if (format.length === 1) return (value) => `${format}${number(value)}`; // a currency's sign by itself
    return number;
  }

  // Days and months come as 2026-11-23 and 2026-11: they are shown as the person's browser writes them.
  const DATES = [
    [/^\d{4}-\d\d-\d\d$/, { day: "numeric", month: "short" }, { weekday: "short", day: "numeric", month: "long", year: "numeric" }],
    [/^\d{4}-\d\d$/, { month: "short", year: "2-digit" }, { month: "long", year: "numeric" }],
  ];

  function dated(points) {
    const known = DATES.find(([form]) => points.length && points.every((point) => form.test(point)));
    if (!known) return null;
    const page = document.documentElement.lang;
    const language = navigator.languages.find((one) => one.split("-")[0] === page.split("-")[0]) || page || undefined;
    const [short, long] = known.slice(1).map((parts) => new Intl.DateTimeFormat(language, { ...parts, timeZone: "UTC" }));
    const at = (point, form) => { const day = new Date(point); return Number.isNaN(day.getTime()) ? point : form.format(day); };
    return { short: (point) => at(point, short), long: (point) => at(point, long) };
  }

  function hatching(color, at) {
    if (at === 0) return color;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.globalAlpha = 0.25;
    pen.fillStyle = color;
    pen.fillRect(0, 0, 8, 8);
    pen.globalAlpha = 1;
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    const strokes = [
      [[0, 8, 8, 0], [-2, 2, 2, -2], [6, 10, 10, 6]],
      [[0, 4, 8, 4]],
      [[4, 0, 4, 8]],
      [[0, 0, 8, 8], [-2, 6, 2, 10], [6, -2, 10, 2]],
      [[0, 4, 8, 4], [4, 0, 4, 8]],
      [[3, 4, 5, 4]],
      [[0, 0, 8, 8], [0, 8, 8, 0]],
    ][(at - 1) % 7];
    pen.beginPath();
    for (const [fromX, fromY, toX, toY] of strokes) { pen.moveTo(fromX, fromY); pen.lineTo(toX, toY); }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  function dataset(series, at, type, hiddenLabels) {
    const color = themed(COLORS[at % COLORS.length]);
    const common = { label: series.label, data: series.values, borderColor: color, hidden: hiddenLabels.has(series.label) };
    if (type === "bar") return { ...common, backgroundColor: hatching(color, at), borderWidth: 1.5, maxBarThickness: 48 };
    return {
      ...common,
      backgroundColor: color,
      borderDash: DASHES[at % DASHES.length],
      borderWidth: 2,
      pointStyle: POINTS[at % POINTS.length],
      pointRadius: series.values.length > 60 ? 0 : 3,
      pointHoverRadius: 6,
      spanGaps: false,
      cubicInterpolationMode: "monotone",
    };
  }

  function options(payload, figure) {
    const write = formatter(payload.format);
    const ink = themed("secondary");
    const grid = { color: themed("border-color") };
    const dates = dated(payload.points);
    const values = payload.series.flatMap((series) => series.values).filter((value) => value !== null);
    // Counts, and nothing but zeros, are measured from zero, in whole steps.
    const isCount = payload.format === "number" && values.every((value) => Number.isInteger(value) && value >= 0);
    const fromZero = payload.type === "bar" || isCount || values.every((value) => value === 0);
    const days = dates ? { maxRotation: 0, autoSkipPadding: 24, callback: (_, at) => dates.short(payload.points[at]) } : {};
    return {
      animation: stillness.matches ? false : { duration: 300 },
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: {
          display: payload.series.length > 1,
          position: "bottom",
          labels: { color: themed("body-color"), ...(payload.type === "line" ? { usePointStyle: true, boxWidth: 8, boxHeight: 8 } : { boxWidth: 24 }) },
          onClick(event, item, legend) {
            Chart.defaults.plugins.legend.onClick.call(this, event, item, legend);
            remember(figure, legend.chart);
          },
        },
        tooltip: { callbacks: { ...(dates ? { title: ([item]) => dates.long(item.label) } : {}), label: (item) => ` ${item.dataset.label}: ${write(item.parsed.y)}` } },
      },
      scales: {
        x: { ticks: { color: ink, maxRotation: 45, autoSkipPadding: 12, ...days }, grid: { display: false }, border: grid },
        y: { beginAtZero: fromZero, ticks: { color: ink, maxTicksLimit: 7, ...(isCount ? { precision: 0 } : {}), callback: (value) => write(value) }, grid, border: { display: false } },
      },
    };
  }

  function remember(figure, chart) {
    const labels = chart.data.datasets.filter((_, at) => !chart.isDatasetVisible(at)).map((series) => series.label);
    hidden.set(figure.id, new Set(labels));
  }

  function draw(figure, again) {
    const canvas = figure.querySelector("canvas");
    const script = figure.querySelector('script[type="application/json"]');
    if (!canvas || !script) return;
    // A morph takes away the size that Chart.js gave the canvas, and the drawing with it.
    const intact = Chart.getChart(canvas) && canvas.style.height;
    if (!again && intact && drawn.get(canvas) === script.textContent) return;
    const payload = JSON.parse(script.textContent);
    const hiddenLabels = hidden.get(figure.id) || new Set();
    Chart.getChart(canvas)?.destroy();
    const chart = new Chart(canvas, {
      type: payload.type,
      data: { labels: payload.points, datasets: payload.series.map((series, at) => dataset(series, at, payload.type, hiddenLabels)) },
      options: { ...options(payload, figure), ...(drawn.has(canvas) ? { animation: false } : {}) },
    });
    drawn.set(canvas, script.textContent);
    return chart;
  }

  function drawAll(again) {
    for (const chart of Object.values(Chart.instances)) if (!chart.canvas?.isConnected) chart.destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const figure of document.querySelectorAll("figure.chart")) draw(figure, again);
  }

  const redraw = () => drawAll(true);
  document.addEventListener("htmx:after:swap", () => drawAll(false));
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme", "lang"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  stillness.addEventListener("change", redraw);
  drawAll(false);
})();
