/* A file field: sent as soon as it is chosen or dropped, with progress, so that the form itself stays small
   and a form that comes back has lost nothing. Without this script the form carries the file itself. */
(() => {
  "use strict";

  const FIELD = "[data-file-field]";
  const sending = new WeakMap(); // a field -> its request
  const part = (field, name) => field.querySelector(`[data-file-${name}]`);
  const input = (field) => field.querySelector('input[type="file"]');

  function say(field, words, isProblem = false) {
    const place = part(field, "words");
    place.textContent = words;
    place.classList.toggle("is-problem", isProblem);
    input(field).setCustomValidity(isProblem ? words : "");
  }

  // Choosing ---------------------------------------------------------------------------------------

  document.addEventListener("change", ({ target }) => {
    const field = target.closest(FIELD);
    if (!field) return;
    if (target.type === "file") begin(field);
    else if (target.matches("[data-file-remove]") && target.checked) say(field, "");
  });

  const dropping = (event) =>
    event.dataTransfer?.types.includes("Files") ? event.target.closest?.(FIELD) : null;
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      const field = dropping(event);
      if (!field) return;
      event.preventDefault();
      field.classList.add("is-dropping");
    });
  }
  for (const kind of ["dragleave", "drop", "dragend"]) {
    document.addEventListener(kind, (event) => {
      const field = event.target.closest?.(FIELD);
      if (field && !(kind === "dragleave" && field.contains(event.relatedTarget))) {
        field.classList.remove("is-dropping");
      }
    });
  }
  document.addEventListener("drop", (event) => {
    const field = dropping(event);
    if (!field) return;
    event.preventDefault();
    const chosen = new DataTransfer(); // one, however many were dropped
    chosen.items.add(event.dataTransfer.files[0]);
    input(field).files = chosen.files;
    begin(field);
  });

  // Sending ----------------------------------------------------------------------------------------

  function begin(field) {
    sending.get(field)?.abort();
    const [file] = input(field).files;
    say(field, "");
    if (!file) return;
    if (file.size > Number(input(field).dataset.limit)) {
      input(field).value = "";
      say(field, field.dataset.tooLarge, true);
    } else if (field.dataset.upload) send(field, file);
  }

  function send(field, file) {
    const request = new XMLHttpRequest(); // fetch tells nothing of what has been sent
    const bar = part(field, "progress").querySelector("progress");
    const ended = () => {
      if (sending.get(field) !== request) return false;
      sending.delete(field);
      part(field, "progress").hidden = true;
      field.removeAttribute("aria-busy");
      return true;
    };
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = total ? (100 * loaded) / total : 0;
    });
    request.addEventListener("load", () => {
      if (ended()) answered(field, request);
    });
    for (const kind of ["error", "timeout"]) {
      // The file stays chosen: the form carries it, as it would without a script.
      request.addEventListener(kind, () => ended() && (say(field, field.dataset.failed), go(field)));
    }
    request.addEventListener("abort", ended);
    sending.set(field, request);
    bar.value = 0;
    part(field, "progress").hidden = false;
    field.setAttribute("aria-busy", "true");
    say(field, `${field.dataset.uploading}: ${file.name}`);
    request.open("POST", field.dataset.upload);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Content-Disposition", `attachment; filename*=utf-8''${encoded(file.name)}`);
    request.setRequestHeader("X-CSRFToken", input(field).form.elements.csrfmiddlewaretoken.value);
    request.send(file);
  }

  // What a header may hold, whatever the name does: half a character has no place in it.
  const encoded = (name) =>
    encodeURIComponent(name.slice(-255).replace(/[\ud800-\udfff]/gu, "")).replace(/['()*]/g, escaped);
  const escaped = (sign) => `%${sign.charCodeAt(0).toString(16)}`;

  function answered(field, request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // a proxy's page: its words are nobody's business
    }
    if (request.status === 201) taken(field, answer);
    else refused(field, request.status, answer);
  }

  function taken(field, { value, shown }) {
    input(field).value = "";
    part(field, "value").value = JSON.stringify(value);
    part(field, "shown").innerHTML = shown; // ours: escaped where it was drawn
    field.querySelector(".file-field-current").hidden = false;
    const remove = part(field, "remove");
    if (remove) remove.checked = false;
    say(field, field.dataset.uploaded);
    part(field, "value").dispatchEvent(new Event("input", { bubbles: true }));
    go(field);
  }

  function refused(field, status, { message, fields }) {
    waiting.delete(input(field).form);
    const words = Object.values(fields ?? {}).flat()[0] ?? message;
    const isItsFault = [413, 415, 422].includes(status);
    if (isItsFault) input(field).value = "";
    say(field, words ?? field.dataset.failed, isItsFault || Boolean(words));
    if (!isItsFault) input(field).setCustomValidity("");
  }

  document.addEventListener("click", ({ target }) => {
    const field = target.closest("[data-file-cancel]")?.closest(FIELD);
    if (!field) return;
    sending.get(field)?.abort();
    waiting.delete(input(field).form);
    input(field).value = "";
    say(field, "");
    input(field).focus();
  });

  // Saving -----------------------------------------------------------------------------------------

  // Who saves while a file is on its way has it saved when it has come: nothing is sent twice.
  const waiting = new Map(); // a form -> the button that was pressed
  const busy = (form) => [...form.querySelectorAll(FIELD)].some((field) => sending.has(field));

  document.addEventListener("submit", (event) => {
    if (!busy(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting.set(event.target, event.submitter);
  }, true);

  function go(field) {
    const { form } = input(field);
    if (!waiting.has(form) || busy(form)) return;
    const button = waiting.get(form);
    waiting.delete(form);
    form.requestSubmit(button ?? undefined);
  }
})();
