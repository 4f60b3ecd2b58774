// While a part is morphed in, what the person is doing stays: a field that they changed keeps its text,
// and what they opened stays open.
htmx.registerExtension("keep", {
  htmx_before_morph_attr(element, { attrName }) {
    if (attrName === "open" && element.matches("details")) return false;
    if (attrName === "value" && element.matches("input, textarea") && element.value !== element.defaultValue) {
      element.classList.add("is-changed-elsewhere");
      return false;
    }
  },
});
