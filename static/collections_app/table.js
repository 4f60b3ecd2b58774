/* Keeps addresses short: a filter left empty is not sent, by the browser or by htmx. */
(() => {
  "use strict";
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches(".data-table-form")) return;
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  });
})();
