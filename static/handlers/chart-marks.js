// What stands beside the series: the line to compare with, and the drawing as an image of its own.
window.capsuleCharts ??= {};
capsuleCharts.marks = (() => {
  "use strict";

  const { formats, look } = capsuleCharts;

  const reference = {
    id: "capsuleReference",
    afterDatasetsDraw(chart) {
      const { drawing } = chart.capsule ?? {};
      if (!drawing?.reference) return;
      const { label, value } = drawing.reference;
      const axis = chart.scales[drawing.horizontal ? "x" : "y"];
      const { left, right, top, bottom } = chart.chartArea;
      const at = axis.getPixelForValue(value);
      const pen = chart.ctx;
      const color = look.themed("body-color");
      pen.save();
      pen.strokeStyle = color;
      pen.lineWidth = 1;
      pen.setLineDash([6, 4]);
      pen.beginPath();
      if (drawing.horizontal) { pen.moveTo(at, top); pen.lineTo(at, bottom); }
      else { pen.moveTo(left, at); pen.lineTo(right, at); }
      pen.stroke();
      write(chart, `${label} ${formats.number(drawing.series[0]?.format ?? "number")(value)}`.trim(), at, color);
      pen.restore();
    },
  };

  // The words at the line's end, on the colour of the card, so that they are read over whatever is drawn.
  function write(chart, words, at, color) {
    const { left, right, top } = chart.chartArea;
    const pen = chart.ctx;
    const size = 11;
    pen.font = `${size}px ${Chart.defaults.font.family}`;
    const wide = pen.measureText(words).width + 8;
    const isUpright = chart.capsule.drawing.horizontal;
    const x = isUpright ? Math.max(left, Math.min(right - wide, at + 3)) : right - wide;
    const y = isUpright ? top : at - size - 7 < top ? at + 3 : at - size - 7;
    pen.setLineDash([]);
    pen.fillStyle = look.themed("bg-surface", 0.85);
    pen.fillRect(x, y, wide, size + 5);
    pen.fillStyle = color;
    pen.textBaseline = "top";
    pen.fillText(words, x + 4, y + 3);
  }

  // An image ---------------------------------------------------------------------------------------------

  const MARGIN = 16;

  function save(chart, title, name) {
    const { canvas } = chart;
    const scale = chart.currentDevicePixelRatio;
    const head = title ? 32 : 0;
    const sheet = document.createElement("canvas");
    sheet.width = canvas.width + 2 * MARGIN * scale;
    sheet.height = canvas.height + (2 * MARGIN + head) * scale;
    const pen = sheet.getContext("2d");
    pen.fillStyle = look.themed("bg-surface");
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.fillStyle = look.themed("body-color");
    pen.font = `600 ${16 * scale}px ${Chart.defaults.font.family}`;
    pen.textBaseline = "top";
    pen.fillText(title, MARGIN * scale, MARGIN * scale, canvas.width);
    pen.drawImage(canvas, MARGIN * scale, (MARGIN + head) * scale);
    sheet.toBlob((blob) => {
      if (!blob) return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${name}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  }

  return { reference, save };
})();
