// Shows a button that copies a field's text. Without this script the text can still be selected by hand.
(function () {
  "use strict";

  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const words = button.querySelector("span");
    field.addEventListener("focus", () => field.select());
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async function () {
      field.select();
      await navigator.clipboard.writeText(field.value);
      words.textContent = button.dataset.copied;
    });
  }
})();
