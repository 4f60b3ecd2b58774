// Buttons that copy what stands in a field. Without this file the field can be selected, as any other.
(() => {
  const SAID_FOR = 2000; // milliseconds
  const show = (root) => {
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  };

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      return; // it may not, and the field is selected
    }
    say(button, true);
    setTimeout(() => say(button, false), SAID_FOR);
  });

  function say(button, copied) {
    button.querySelector("[data-copy-words]").hidden = copied;
    button.querySelector("[data-copied-words]").hidden = !copied;
  }

  document.addEventListener("htmx:after:swap", () => show(document));
  document.addEventListener("capsule:refreshed", () => show(document));
  show(document);
})();
