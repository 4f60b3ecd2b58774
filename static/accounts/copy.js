// Shows a button that copies a field's text, or a block of code. Without this script it can be selected by hand.
(function () {
  "use strict";

  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    const words = button.querySelector("span");
    const isField = source.matches("input, textarea");
    if (isField) source.addEventListener("focus", () => source.select());
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async function () {
      if (isField) source.select();
      await navigator.clipboard.writeText(isField ? source.value : source.textContent);
      words.textContent = button.dataset.copied;
    });
  }
})();
