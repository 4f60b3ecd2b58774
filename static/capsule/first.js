// Runs before anything is painted: all other scripts wait for the page, which a person need not.

// No page flashes in the wrong colours.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const look = root.dataset.look;
    if (look) root.dataset.bsTheme = look === "auto" ? (system.matches ? "dark" : "light") : look;
    root.classList.add("has-script");
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("capsule:look", apply);
})();

// Nothing that is typed, ticked or chosen meanwhile is lost: it is said again once the scripts listen.
(() => {
  const TYPES = ["input", "change"];
  const unheard = new Map(); // field -> what a person has made happen in it
  const note = ({ isTrusted, type, target }) => {
    if (isTrusted) unheard.set(target, (unheard.get(target) ?? new Set()).add(type));
  };
  const stop = () => { for (const type of TYPES) document.removeEventListener(type, note, true); };
  for (const type of TYPES) document.addEventListener(type, note, true);
  document.addEventListener("htmx:after:process", stop, { once: true }); // what comes from here on, they hear
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => { // htmx begins in a time-out of its own, before
    stop();
    for (const [field, types] of unheard) {
      for (const type of types) if (field.isConnected) field.dispatchEvent(new Event(type, { bubbles: true }));
    }
  }));
})();
