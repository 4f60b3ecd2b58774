// Files beside a message: chosen, dropped or pasted, and sent at once, with their progress; the message itself
// then only names them. Without this file the form carries them itself.
(() => {
  const FIELD = "[data-chat-files]";
  const sending = new Map(); // a line of the list -> its request
  const waiting = new Set(); // forms that were sent while a file was on its way

  const fieldOf = (place) => place?.closest?.("[data-chat]")?.querySelector(FIELD) ?? null;
  const formOf = (field) => field.closest("form");
  const listOf = (field) => field.querySelector(".chat-file-list");
  const linesOf = (field) => [...field.querySelectorAll("[data-chat-file]")];
  function say(field, words, isProblem = true) {
    const place = field.querySelector("[data-chat-file-words]");
    place.textContent = words;
    place.classList.toggle("visually-hidden", !isProblem); // who sees the list needs no words for it
  }
  const kept = (field) => formOf(field).dispatchEvent(new Event("input", { bubbles: true })); // as a draft: chat.js

  // Choosing ----------------------------------------------------------------------------------------------

  function take(field, files) {
    say(field, "");
    for (const file of files) {
      if (linesOf(field).length >= Number(field.dataset.most)) return say(field, field.dataset.tooMany);
      if (file.size > Number(field.dataset.limit)) say(field, `${file.name}: ${field.dataset.tooLarge}`);
      else send(field, file);
    }
  }

  document.addEventListener("change", ({ target }) => {
    if (!target.matches(".chat-file-input")) return;
    const files = [...target.files];
    target.value = ""; // sent by itself: the form need not carry it
    take(fieldOf(target), files);
  });

  const dropping = ({ dataTransfer, target }) => dataTransfer?.types.includes("Files") ? fieldOf(target) : null;
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
      const field = fieldOf(event.target);
      const isWithin = kind === "dragleave" && field?.closest("[data-chat]").contains(event.relatedTarget);
      if (field && !isWithin) field.classList.remove("is-dropping");
    });
  }
  document.addEventListener("drop", (event) => {
    const field = dropping(event);
    if (!field) return;
    event.preventDefault();
    take(field, event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    const field = event.target.closest?.("[data-chat-form]") && fieldOf(event.target);
    const files = event.clipboardData?.files ?? [];
    if (!field || !files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    take(field, files);
  });

  // Sending -----------------------------------------------------------------------------------------------

  function send(field, file) {
    const line = lineOf(field, file.name, file.size);
    const bar = Object.assign(document.createElement("progress"), { className: "progress", max: 100, value: 0 });
    bar.setAttribute("aria-label", `${field.dataset.uploading}: ${file.name}`);
    line.querySelector(".chat-file-size").after(bar);
    const request = new XMLHttpRequest(); // fetch tells nothing of what has been sent
    request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = total ? (100 * loaded) / total : 0; });
    request.addEventListener("load", () => ended(field, line, request, file.name));
    for (const kind of ["error", "timeout"]) {
      request.addEventListener(kind, () => refused(field, line, `${file.name}: ${field.dataset.failed}`));
    }
    sending.set(line, request);
    request.open("POST", field.dataset.upload);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Content-Disposition", `attachment; filename*=utf-8''${encoded(file.name)}`);
    request.setRequestHeader("X-CSRFToken", formOf(field).elements.csrfmiddlewaretoken.value);
    request.send(file);
  }

  // What a header may hold, whatever the name does: half a character has no place in it.
  const encoded = (name) =>
    encodeURIComponent(name.slice(-255).replace(/[\ud800-\udfff]/gu, "")).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);

  function ended(field, line, request, name) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // a proxy's page: its words are nobody's business
    }
    if (request.status !== 201) {
      const words = Object.values(answer.fields ?? {}).flat()[0] ?? answer.message ?? field.dataset.failed;
      return refused(field, line, `${name}: ${words}`);
    }
    sending.delete(line);
    line.querySelector("progress").remove();
    hold(line, JSON.stringify(answer.value));
    say(field, `${field.dataset.attached}: ${answer.value.label}`, false);
    kept(field);
    go(field);
  }

  // It says why, and whoever sent the message meanwhile decides anew.
  function refused(field, line, words) {
    sending.delete(line);
    waiting.delete(formOf(field));
    line.remove();
    say(field, words);
  }

  // The list ----------------------------------------------------------------------------------------------

  function lineOf(field, name, size) {
    const line = document.createElement("li");
    line.className = "chat-file";
    line.dataset.chatFile = "";
    const [shown, bytes] = ["chat-file-name", "chat-file-size"].map((className) => Object.assign(document.createElement("span"), { className }));
    Object.assign(shown, { textContent: name, title: name });
    bytes.textContent = inWords(size);
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn-close" });
    remove.setAttribute("aria-label", `${field.dataset.remove}: ${name}`);
    line.append(shown, bytes, remove);
    listOf(field).append(line);
    return line;
  }

  function hold(line, value) {
    line.append(Object.assign(document.createElement("input"), { type: "hidden", name: "files", value }));
  }

  function inWords(size) {
    const power = Math.min(3, size < 1024 ? 0 : Math.floor(Math.log2(size) / 10));
    const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][power];
    const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 };
    return new Intl.NumberFormat(document.documentElement.lang || "en", style).format(size / 1024 ** power);
  }

  document.addEventListener("click", ({ target }) => {
    const line = target.closest(".btn-close")?.closest("[data-chat-file]");
    if (!line) return;
    const field = fieldOf(line);
    sending.get(line)?.abort();
    sending.delete(line);
    line.remove();
    say(field, "");
    kept(field);
    field.querySelector(".chat-file-input").focus();
  });

  // What a draft held, or none any more once it was sent (chat.js). What is on its way stays.
  document.addEventListener("capsule:chat-files", ({ target, detail }) => {
    const field = target.querySelector(FIELD);
    if (!field) return;
    for (const line of linesOf(field)) if (!sending.has(line)) line.remove();
    for (const value of detail) {
      const { label, size } = JSON.parse(value);
      hold(lineOf(field, label, size), value);
    }
    say(field, "");
  });

  // Who sends the message while a file is on its way has it sent when that has come.
  const busy = (field) => linesOf(field).some((line) => sending.has(line));
  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector?.(FIELD);
    if (!field || !busy(field)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting.add(event.target);
  }, true);
  function go(field) {
    if (!busy(field) && waiting.delete(formOf(field))) formOf(field).requestSubmit();
  }
})();
