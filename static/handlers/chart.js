// Draws each chart of the page from the JSON beside its canvas, and again whenever that or the theme changes.
(() => {
  "use strict";

  const { axes, formats, look, marks, zoom } = window.capsuleCharts;
  if (capsuleCharts.isThere) return; // a part of a page may bring its scripts once more
  capsuleCharts.isThere = true;

  const drawn = new WeakMap(); // canvas -> the JSON that it shows
  const hidden = new Map(); // figure's id -> the labels of the series and slices that the person has hidden
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  const isShare = ({ type }) => type === "pie" || type === "doughnut";

  // A page whose drawing could not be fetched has its numbers all the same.
  if (!window.Chart) {
    for (const figure of document.querySelectorAll("figure.chart")) {
      figure.classList.add("is-undrawn");
      figure.querySelector("details.chart-data")?.setAttribute("open", "");
    }
    return;
  }

  // What Chart.js is given -------------------------------------------------------------------------------

  function values(drawing, series) {
    if (drawing.type === "scatter") return series.values.map(([x, y]) => ({ x, y }));
    if (isShare(drawing) || drawing.axis === "category") return series.values;
    const [along, across] = drawing.horizontal ? ["y", "x"] : ["x", "y"];
    return series.values.map((value, at) => ({ [along]: drawing.points[at], [across]: value }));
  }

  function dataset(drawing, series, at, hiddenLabels) {
    return {
      label: series.label,
      data: values(drawing, series),
      hidden: !isShare(drawing) && hiddenLabels.has(series.label),
      ...look.styled(drawing, series, at),
    };
  }

  function tooltip(drawing, named) {
    const writers = drawing.series.map(({ format }) => formats.number(format));
    if (isShare(drawing)) {
      const percent = formats.number("percent");
      return {
        label(item) {
          const shown = item.dataset.data.filter((_, at) => item.chart.getDataVisibility(at));
          const share = item.parsed / shown.reduce((sum, one) => sum + one, 0);
          return ` ${item.label}: ${writers[0](item.parsed)} (${percent(share)})`;
        },
        title: () => "",
      };
    }
    const [along, across] = drawing.horizontal ? ["y", "x"] : ["x", "y"];
    const isScatter = drawing.type === "scatter";
    return {
      title: ([item]) => (item && !isScatter ? named(item.parsed[along]) : ""),
      label(item) {
        const value = writers[item.datasetIndex](item.parsed[across]);
        return ` ${item.dataset.label}: ${isScatter ? `${named(item.parsed[along])}, ` : ""}${value}`;
      },
    };
  }

  function legend(drawing, figure) {
    const isLine = ["line", "area", "scatter"].includes(drawing.type) && !drawing.stacked;
    return {
      display: isShare(drawing) || drawing.series.length > 1,
      position: "bottom",
      labels: { color: look.themed("body-color"), ...(isLine ? { usePointStyle: true, boxWidth: 8, boxHeight: 8 } : { boxWidth: 24 }) },
      onClick(event, item, its) {
        const own = Chart.overrides[drawing.type]?.plugins?.legend?.onClick ?? Chart.defaults.plugins.legend.onClick;
        own.call(this, event, item, its);
        remember(figure, drawing, its.chart);
      },
    };
  }

  function options(drawing, figure, named) {
    const isScatter = drawing.type === "scatter";
    const axis = drawing.horizontal ? "y" : "x";
    return {
      animation: stillness.matches ? false : { duration: 300 },
      responsive: true,
      maintainAspectRatio: false,
      ...(isShare(drawing) ? { layout: { padding: 8 } } : { indexAxis: axis, scales: axes.scales(drawing) }),
      ...(drawing.type === "doughnut" ? { cutout: "60%" } : {}),
      interaction: isScatter || isShare(drawing) ? { mode: "nearest", intersect: true } : { mode: "index", axis, intersect: false },
      plugins: { legend: legend(drawing, figure), tooltip: { callbacks: tooltip(drawing, named) } },
    };
  }

  // Hiding -----------------------------------------------------------------------------------------------

  function remember(figure, drawing, chart) {
    const labels = isShare(drawing)
      ? drawing.points.filter((_, at) => !chart.getDataVisibility(at))
      : chart.data.datasets.filter((_, at) => !chart.isDatasetVisible(at)).map(({ label }) => label);
    hidden.set(figure.id, new Set(labels));
  }

  function hideSlices(chart, drawing, labels) {
    const places = drawing.points.map((point, at) => (labels.has(point) ? at : -1)).filter((at) => at >= 0);
    for (const at of places) chart.toggleDataVisibility(at);
    if (places.length) chart.update("none");
  }

  // Drawing ----------------------------------------------------------------------------------------------

  function draw(figure, again) {
    const canvas = figure.querySelector("canvas");
    const script = figure.querySelector('script[type="application/json"]');
    if (!canvas || !script) return;
    // A morph takes away the size that Chart.js gave the canvas, and the drawing with it.
    const intact = Chart.getChart(canvas) && canvas.style.height;
    if (!again && intact && drawn.get(canvas) === script.textContent) return;
    const drawing = JSON.parse(script.textContent);
    const hiddenLabels = hidden.get(figure.id) || new Set();
    const isFirst = !drawn.has(canvas);
    Chart.getChart(canvas)?.destroy();
    const named = axes.named(drawing);
    const settings = options(drawing, figure, named);
    const chart = new Chart(canvas, {
      type: drawing.type === "area" ? "line" : drawing.type,
      data: {
        labels: isShare(drawing) || drawing.axis === "category" ? drawing.points : undefined,
        datasets: drawing.series.map((series, at) => dataset(drawing, series, at, hiddenLabels)),
      },
      options: isFirst ? settings : { ...settings, animation: false },
      plugins: [zoom.plugin, marks.reference],
    });
    const { min, max } = settings.scales?.[settings.indexAxis] ?? {};
    chart.capsule = { figure, drawing, named, whole: { min, max }, dragged: null };
    drawn.set(canvas, script.textContent);
    if (isShare(drawing)) hideSlices(chart, drawing, hiddenLabels);
    else prepare(canvas, chart, isFirst);
    if (drawing.reference) chart.draw();
    canvas.dataset.drawn = "";
  }

  function prepare(canvas, chart, isFirst) {
    if (!("zoom" in canvas.dataset)) return;
    canvas.tabIndex = 0;
    if (isFirst) zoom.listen(canvas);
    zoom.restore(chart);
  }

  function drawAll(again) {
    for (const chart of Object.values(Chart.instances)) if (!chart.canvas?.isConnected) chart.destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const figure of document.querySelectorAll("figure.chart")) {
      reachable(figure.querySelector("details.chart-data"));
      draw(figure, again);
    }
  }

  // The table scrolls: with the keys too, once it is open.
  function reachable(details) {
    const table = details?.querySelector(".chart-table");
    if (!table) return;
    if (details.open) table.tabIndex = 0;
    else table.removeAttribute("tabindex");
  }

  document.addEventListener("toggle", ({ target }) => { if (target.matches("details.chart-data")) reachable(target); }, true);
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-chart-image], [data-chart-whole]");
    const figure = button?.closest("figure.chart");
    const chart = figure && Chart.getChart(figure.querySelector("canvas"));
    if (!chart) return;
    if ("chartWhole" in button.dataset) zoom.reset(chart);
    else marks.save(chart, figure.querySelector("figcaption")?.textContent.trim() ?? "", button.dataset.chartImage);
  });

  const redraw = () => drawAll(true);
  document.addEventListener("htmx:after:swap", () => drawAll(false));
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme", "lang"] });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) window.matchMedia(query).addEventListener("change", redraw);
  stillness.addEventListener("change", redraw);
  drawAll(false);
})();
