// While a part is morphed in, what the person is doing stays: a field that they are in or have changed keeps
// its text, its tick and its choice, and what they opened stays open. What they have not touched follows.
(() => {
  const TEXT = "input:not([type=checkbox], [type=radio], [type=hidden]), textarea";
  const ELSEWHERE = "data-changed-elsewhere";

  const isChanged = (field) => {
    if (field.matches("select")) return [...field.options].some((one) => one.selected !== one.defaultSelected);
    if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
    return field.value !== field.defaultValue;
  };
  // What comes as it was typed is the answer to its own saving: it is no more in use, and nobody else's. What was
  // refused came back as if the page had it, and is to be put right.
  const isInUse = (field, incoming) => field.value !== incoming &&
    (field === document.activeElement || isChanged(field) || field.matches("[aria-invalid=true]"));
  // A form of a page (ui.Form) that somebody has begun to fill in is as it is until it is sent.
  const isBegun = (form) => form.matches("form[data-form]") && (form.matches("[data-typed]") ||
    [...form.querySelectorAll("input:not([type=hidden]), select, textarea")].some(isChanged) ||
    form.querySelector("[data-file-value]:not([value=''])") !== null);
  // What is hidden goes with what is seen: a version that is newer than what stands beside it would overwrite
  // what somebody else has saved meanwhile.
  const fieldInUse = (form) => form.matches("form[data-form]") && form.contains(document.activeElement) &&
    document.activeElement.matches("input:not([type=hidden]), select, textarea") && document.activeElement;
  const content = (form) => JSON.stringify(
    [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "once"));
  const leaveAlone = (field) => {
    const isOwn = field.type === "search" || field.closest("[data-param]"); // nobody else's: it stands in the address
    if (!isOwn) field.setAttribute(ELSEWHERE, "");
    return false;
  };

  htmx.registerExtension("keep", {
    htmx_before_morph_node(element, { newNode }) {
      if (newNode.dataset?.same !== undefined) return false; // what the server left out is as it was
      if (element.matches?.("form")) {
        if (isBegun(element)) return false;
        const field = fieldInUse(element);
        if (field && content(element) !== content(newNode)) return leaveAlone(field);
      }
      if (element.matches?.("details[open] select[multiple]")) return false; // a search may have filled it
      if (element.matches?.("textarea") && element.defaultValue !== newNode.defaultValue && isInUse(element, newNode.defaultValue)) {
        return leaveAlone(element);
      }
    },
    htmx_before_morph_attr(element, { attrName, newValue }) {
      if (attrName === "open" && element.matches("details")) return false;
      if (attrName === "data-digest" && newValue === null) return false; // a form's answer knows no digest
      if (attrName === ELSEWHERE && newValue === null && isInUse(element)) return false;
      // Marked for a while (placing.js), unless it has gone meanwhile.
      if (attrName === "class" && element.matches(".is-changed, .is-new") && !newValue?.includes("is-gone")) return false;
      if (attrName === "value" && element.matches(TEXT) && isInUse(element, newValue)) return leaveAlone(element);
    },
  });

  // Beside a field that was left alone: why it does not show what there is now.
  function sayElsewhere() {
    for (const field of document.querySelectorAll(`[${ELSEWHERE}=""]`)) {
      const place = field.closest(".input-group") ?? field;
      if (place.nextElementSibling?.matches(".changed-elsewhere")) continue;
      const words = document.getElementById("live-words").content.querySelector(".changed-elsewhere");
      place.after(document.importNode(words, true));
    }
  }

  // Ticks and choices are properties, which attributes no longer reach once somebody has used them: those that
  // stood as the page had them are set as the page has them now.
  let untouched = [];
  document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
    untouched = tasks.flatMap(({ target }) =>
      target?.querySelectorAll ? [...target.querySelectorAll("select, [type=checkbox], [type=radio]")] : [],
    ).filter((field) => !isChanged(field));
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const field of untouched.splice(0)) {
      if (!field.isConnected) continue;
      if (field.matches("select")) for (const one of field.options) one.selected = one.defaultSelected;
      else field.checked = field.defaultChecked;
    }
    sayElsewhere();
  });
})();
