// How a chart looks: the theme's colours, and what tells series apart without colour.
window.capsuleCharts ??= {};
capsuleCharts.look = (() => {
  "use strict";

  const COLORS = ["blue", "orange", "green", "purple", "red", "cyan", "yellow", "pink"];
  const DASHES = [[], [7, 4], [2, 3], [10, 4, 2, 4], [14, 4], [1, 5], [6, 2, 2, 2, 2, 2], [4, 8]];
  const POINTS = ["circle", "triangle", "rect", "rectRot", "cross", "star", "crossRot", "dash"];
  const STROKES = [ // of a tile of 8 by 8: the first series has none
    [[0, 8, 8, 0], [-2, 2, 2, -2], [6, 10, 10, 6]],
    [[0, 4, 8, 4]],
    [[4, 0, 4, 8]],
    [[0, 0, 8, 8], [-2, 6, 2, 10], [6, -2, 10, 2]],
    [[0, 4, 8, 4], [4, 0, 4, 8]],
    [[3, 4, 5, 4]],
    [[0, 0, 8, 8], [0, 8, 8, 0]],
  ];
  const FEW = 60; // points of a line that are marked one by one
  const MANY = 400; // that are drawn finer, and straight

  // A variable's text may be light-dark(oklch(...)): the browser resolves it, a pixel gives it as rgb.
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });

  function themed(name, opacity = 1) {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.transition = "none"; // a colour on its way from light to dark is neither
    probe.style.color = `var(--tblr-${name}, gray)`;
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = getComputedStyle(probe).color;
    pixel.fillRect(0, 0, 1, 1);
    probe.remove();
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${((alpha / 255) * opacity).toFixed(3)})`;
  }

  const colored = (at, opacity) => themed(COLORS[at % COLORS.length], opacity);

  // The filling of a bar, a slice or a stacked area.
  function hatching(at, opacity = 1) {
    const color = colored(at, opacity);
    if (at % COLORS.length === 0) return color;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.globalAlpha = 0.3;
    pen.fillStyle = color;
    pen.fillRect(0, 0, 8, 8);
    pen.globalAlpha = 1;
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.beginPath();
    for (const [fromX, fromY, toX, toY] of STROKES[(at - 1) % STROKES.length]) {
      pen.moveTo(fromX, fromY);
      pen.lineTo(toX, toY);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  // What Chart.js is told of one series, its values apart.
  function styled(drawing, series, at) {
    const color = colored(at);
    const { type } = drawing;
    if (type === "pie" || type === "doughnut") {
      return {
        backgroundColor: series.values.map((_, slice) => hatching(slice)),
        borderColor: themed("bg-surface"),
        borderWidth: 2,
        hoverOffset: 6,
      };
    }
    if (type === "bar") {
      return { borderColor: color, backgroundColor: hatching(at), borderWidth: 1.5, maxBarThickness: 48 };
    }
    const points = { pointStyle: POINTS[at % POINTS.length], pointHoverRadius: 6 };
    if (type === "scatter") {
      return { ...points, borderColor: color, backgroundColor: colored(at, 0.5), pointRadius: series.values.length > MANY ? 2.5 : 4, clip: 7 };
    }
    const isMarked = series.values.length <= FEW && !drawing.stacked;
    const filling = { fill: drawing.stacked && at ? "-1" : "origin", backgroundColor: drawing.stacked ? hatching(at, 0.55) : colored(at, 0.18) };
    return {
      ...points,
      borderColor: color,
      backgroundColor: color,
      ...(type === "area" ? filling : {}),
      borderDash: DASHES[at % DASHES.length],
      borderWidth: series.values.length > MANY ? 1.5 : 2,
      pointBackgroundColor: color,
      pointRadius: (context) => (isMarked || alone(context) ? 3 : 0),
      clip: 7, // what marks the first and the last point is whole
      spanGaps: false,
      ...(series.values.length > MANY ? {} : { cubicInterpolationMode: "monotone" }),
    };
  }

  // A value between two gaps has no line to be seen by.
  function alone({ dataset, dataIndex }) {
    const missing = (at) => { const one = dataset.data[at]; return (one?.y === undefined ? one : one.y) ?? null; };
    return missing(dataIndex) !== null && missing(dataIndex - 1) === null && missing(dataIndex + 1) === null;
  }

  return { themed, styled };
})();
