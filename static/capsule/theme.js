// Runs before anything is painted, so that no page flashes in the wrong colours.
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
