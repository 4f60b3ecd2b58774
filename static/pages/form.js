// A form that comes back because something in it is wrong loses its chosen files, for no page can name them:
// the browser that has them puts them back.
(() => {
  const FILES = "form[data-form] input[type=file]";
  let chosen = new Map(); // DOM id -> the input in which they were chosen

  document.addEventListener("htmx:before:swap", () => {
    const inputs = [...document.querySelectorAll(FILES)].filter(({ id, files }) => id && files.length);
    chosen = new Map(inputs.map((input) => [input.id, input]));
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const [id, old] of chosen) {
      const input = document.getElementById(id);
      if (input && input !== old && input.closest("[data-typed]") && !input.files.length) input.files = old.files;
    }
    chosen = new Map();
  });
})();
