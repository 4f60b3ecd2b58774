// Looking closer at a part of the axis: by dragging over it, or with the keys of the focused drawing.
window.capsuleCharts ??= {};
capsuleCharts.zoom = (() => {
  "use strict";

  const { look } = capsuleCharts;
  const LEAST = 8; // pixels of a drag: less is a click
  const zoomed = new Map(); // figure's id -> the part that is shown, which survives a refresh

  const along = (chart) => chart.scales[chart.options.indexAxis ?? "x"];
  const place = (chart, event) => {
    const box = chart.canvas.getBoundingClientRect();
    return along(chart).isHorizontal() ? event.clientX - box.left : event.clientY - box.top;
  };

  // All of the axis, as it was drawn first. Of names the places are whole numbers.
  function whole(chart) {
    const { drawing } = chart.capsule;
    if (drawing.axis === "category") return { min: 0, max: drawing.points.length - 1 };
    return chart.capsule.whole;
  }

  function show(chart, part) {
    const { figure, drawing } = chart.capsule;
    const all = whole(chart);
    const isNamed = drawing.axis === "category";
    let { min, max } = part ?? all;
    if (isNamed) [min, max] = [Math.round(min), Math.round(max)];
    [min, max] = [Math.max(all.min, Math.min(min, max)), Math.min(all.max, Math.max(min, max))];
    if (!isNamed && !(max > min)) return;
    const isAll = min <= all.min && max >= all.max;
    if (isAll) zoomed.delete(figure.id);
    else zoomed.set(figure.id, isNamed ? { first: drawing.points[min], last: drawing.points[max] } : { min, max });
    const scale = along(chart);
    Object.assign(chart.options.scales[scale.id], { min, max });
    chart.update("none");
    say(chart, isAll);
  }

  function say(chart, isAll) {
    const { figure, named } = chart.capsule;
    const { min, max } = along(chart);
    const button = figure.querySelector("[data-chart-whole]");
    if (button) {
      if (isAll && document.activeElement === button) chart.canvas.focus();
      button.hidden = isAll;
    }
    const said = figure.querySelector("[data-chart-said]");
    if (said) said.textContent = isAll ? "" : `${named(min)} – ${named(max)}`;
  }

  // What was shown before a refresh, as far as it is still there.
  function restore(chart) {
    const kept = zoomed.get(chart.capsule.figure.id);
    if (!kept) return;
    const { points } = chart.capsule.drawing;
    const part = "first" in kept ? { min: points.indexOf(kept.first), max: points.indexOf(kept.last) } : kept;
    if ("first" in kept && (part.min < 0 || part.max < 0)) zoomed.delete(chart.capsule.figure.id);
    else show(chart, part);
  }

  // Dragging: with a mouse or a pen, for a finger scrolls the page.
  function listen(canvas) {
    let from = null;
    const chart = () => Chart.getChart(canvas);
    canvas.addEventListener("pointerdown", (event) => {
      const now = chart();
      if (event.pointerType === "touch" || event.button || !now) return;
      const at = place(now, event);
      const { left, right, top, bottom } = now.chartArea;
      const y = event.clientY - canvas.getBoundingClientRect().top;
      const x = event.clientX - canvas.getBoundingClientRect().left;
      if (x < left || x > right || y < top || y > bottom) return;
      from = at;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = chart();
      if (from === null || !now) return;
      now.capsule.dragged = [from, place(now, event)];
      now.draw();
    });
    const end = (event) => {
      const now = chart();
      const [begin, to] = [from, now && place(now, event)];
      from = null;
      if (!now?.capsule.dragged) return;
      now.capsule.dragged = null;
      if (begin === null || event.type !== "pointerup" || Math.abs(to - begin) < LEAST) return now.draw();
      const ends = [along(now).getValueForPixel(begin), along(now).getValueForPixel(to)];
      show(now, { min: Math.min(...ends), max: Math.max(...ends) });
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("keydown", (event) => {
      const now = chart();
      if (!now || event.ctrlKey || event.metaKey || event.altKey || !press(now, event.key)) return;
      event.preventDefault();
    });
  }

  const KEYS = {
    "+": (size) => [size / 4, -size / 4],
    "=": (size) => [size / 4, -size / 4],
    "-": (size) => [-size / 2, size / 2],
    ArrowLeft: (size) => [-size / 5, -size / 5],
    ArrowRight: (size) => [size / 5, size / 5],
  };

  function press(chart, key) {
    if (key === "0" || key === "Escape") {
      const isZoomed = zoomed.has(chart.capsule.figure.id);
      if (isZoomed) show(chart, null);
      return isZoomed;
    }
    if (!KEYS[key]) return false;
    const { min, max } = along(chart);
    const all = whole(chart);
    const isNamed = chart.capsule.drawing.axis === "category";
    let [less, more] = KEYS[key](max - min);
    if (isNamed) { // a step of whole places at least
      const step = (by) => Math.sign(by) * Math.max(1, Math.round(Math.abs(by)));
      [less, more] = [step(less), step(more)];
    }
    if (key.startsWith("Arrow")) { // never past an end
      if (!zoomed.has(chart.capsule.figure.id)) return false;
      const by = Math.max(all.min - min, Math.min(all.max - max, less));
      [less, more] = [by, by];
    }
    if (min + less <= max + more) show(chart, { min: min + less, max: max + more });
    return true;
  }

  // The part that a drag would show.
  const plugin = {
    id: "capsuleZoom",
    afterDraw(chart) {
      const dragged = chart.capsule?.dragged;
      if (!dragged) return;
      const { left, top, width, height, right, bottom } = chart.chartArea;
      const pen = chart.ctx;
      const isAcross = along(chart).isHorizontal();
      const [low, high] = isAcross ? [left, right] : [top, bottom];
      const [begin, end] = [Math.min(...dragged), Math.max(...dragged)].map((at) => Math.max(low, Math.min(high, at)));
      pen.save();
      pen.fillStyle = look.themed("primary", 0.15);
      if (isAcross) pen.fillRect(begin, top, end - begin, height);
      else pen.fillRect(left, begin, width, end - begin);
      pen.restore();
    },
  };

  return { listen, plugin, restore, reset: (chart) => show(chart, null) };
})();
