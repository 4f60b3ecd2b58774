// A conversation in the page: text that grows as it is written, the draft, the keyboard. Without this file
// everything works, only with a page load for each step.
(() => {
  const DRAFT = "capsule:draft:"; // session storage: what was typed, and the id that it will be sent with
  const NEAR = 48; // pixels from the end that still count as being at the end
  const QUIET = [1500, 3000, 6000, 12000]; // milliseconds without a piece until the page is asked for

  const panels = () => document.querySelectorAll("[data-chat]");
  const forms = () => document.querySelectorAll("[data-chat-form]");
  const messagesOf = (panel) => panel.querySelector(".chat-messages");

  // At the end, or where the person has scrolled to -----------------------------------------------------

  const isAtEnd = ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight <= NEAR;
  const toEnd = (messages) => { messages.scrollTop = messages.scrollHeight; };
  const firstOf = (panel) => panel.querySelector(".chat-message")?.id;
  // Panels whose person has scrolled away from the end, as a swap begins: id -> what is first, and how far the end is
  const elsewhere = new Map();
  document.addEventListener("htmx:before:swap", () => {
    elsewhere.clear();
    for (const panel of panels()) {
      const messages = messagesOf(panel);
      const below = messages.scrollHeight - messages.scrollTop;
      if (!isAtEnd(messages)) elsewhere.set(panel.id, { first: firstOf(panel), below });
    }
  });
  // What was in sight stays there when earlier messages come above it.
  function stay(panel, { first, below }) {
    const messages = messagesOf(panel);
    if (firstOf(panel) !== first) messages.scrollTop = messages.scrollHeight - below;
  }

  // Text that grows ---------------------------------------------------------------------------------------

  const texts = new Map(); // id of a growing reply -> its text as far as it was heard

  document.addEventListener("capsule:delta", ({ detail: { message, at, text } }) => {
    heardAt = performance.now();
    quiet = 0;
    const known = texts.get(message) ?? growing(message)?.textContent ?? "";
    if (known.length < at) {
      // Something before it was missed: the page has it.
      panels().forEach((panel) => { if (growing(message, panel)) fetchAgain(panel); });
      return;
    }
    texts.set(message, known.slice(0, at) + text);
    write(message);
  });

  const growing = (message, root = document) =>
    root.querySelector(`[data-reply="${CSS.escape(message)}"] [data-growing]`);

  function write(message) {
    const text = texts.get(message);
    for (const panel of panels()) {
      const place = growing(message, panel);
      if (!place || place.textContent === text) continue;
      const wasAtEnd = isAtEnd(messagesOf(panel));
      const node = place.firstChild;
      // Only what is new is added: a selection in what stands there stays.
      if (node?.nodeType === Node.TEXT_NODE && place.childNodes.length === 1 && text.startsWith(node.data)) {
        node.appendData(text.slice(node.data.length));
      } else place.textContent = text;
      if (wasAtEnd) toEnd(messagesOf(panel));
    }
  }

  // What the server has saved may be shorter than what was heard already.
  function catchUp() {
    const here = new Set();
    for (const place of document.querySelectorAll("[data-growing]")) {
      const message = place.closest("[data-reply]").dataset.reply;
      here.add(message);
      const heard = texts.get(message);
      if (heard !== undefined && heard.length > place.textContent.length && heard.startsWith(place.textContent)) {
        write(message);
      } else texts.set(message, place.textContent);
    }
    for (const reply of document.querySelectorAll("[data-reply]")) {
      if (!here.has(reply.dataset.reply)) texts.delete(reply.dataset.reply); // it has ended
    }
  }

  // A piece that came between the page and its socket is in the page a moment later.
  let heardAt = performance.now();
  let quiet = 0;
  setInterval(() => {
    if (document.hidden || performance.now() - heardAt < QUIET[Math.min(quiet, QUIET.length - 1)]) return;
    heardAt = performance.now();
    quiet += 1;
    for (const panel of panels()) if (panel.querySelector("[data-growing]")) fetchAgain(panel);
  }, 500);

  function fetchAgain(panel) {
    if (panel.dataset.live && typeof capsuleLive !== "undefined") capsuleLive.outdated([panel.dataset.live]);
  }

  // What has ended is announced once, and never while it grows -----------------------------------------------

  const told = new WeakMap(); // panel -> what it has said: the ids of ended replies, and of problems
  function announce() {
    for (const panel of panels()) {
      const isNew = !told.has(panel); // what a page comes with is read like any page
      const said = told.get(panel) ?? new Set();
      told.set(panel, said);
      const words = [];
      for (const one of panel.querySelectorAll("[data-reply]:not([data-state=running]), .chat-problem")) {
        const key = one.id || `${one.closest("[id]").id} ${one.textContent}`;
        if (!said.has(key)) words.push(one.textContent.replace(/\s+/g, " ").trim());
        said.add(key);
      }
      if (words.length && !isNew) panel.querySelector("[data-chat-said]").textContent = words.join(" ");
    }
  }

  // The draft ---------------------------------------------------------------------------------------------

  const restored = new WeakMap(); // form -> whose draft it holds
  const keyOf = (form) => DRAFT + form.dataset.draft;
  const fieldOf = (form) => form.querySelector("textarea");
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const filesOf = (form) => [...form.querySelectorAll("input[type=hidden][name=files]")].map(({ value }) => value);
  const showFiles = (form, files) => form.dispatchEvent(new CustomEvent("capsule:chat-files", { bubbles: true, detail: files }));
  const draftOf = (form) => JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "null");

  function keep(form) {
    store(form, fieldOf(form).value, filesOf(form), draftOf(form)?.id);
    measure(form);
  }
  function store(form, text, files, id = newId()) {
    if (text || files.length) sessionStorage.setItem(keyOf(form), JSON.stringify({ text, files, id }));
    else sessionStorage.removeItem(keyOf(form));
  }
  function restore(form) {
    const field = fieldOf(form);
    if (restored.get(form) === form.dataset.draft) return;
    // Another conversation stands in the same place now: what was typed belongs to the one before.
    const changed = restored.has(form);
    restored.set(form, form.dataset.draft);
    take(form, DRAFT + form.dataset.draftBefore);
    const draft = draftOf(form);
    if (changed || !field.value) field.value = draft?.text ?? (changed ? "" : field.value);
    if (changed || draft?.files?.length) showFiles(form, draft?.files ?? []);
    if (field.value) keep(form);
    measure(form);
  }
  // What was typed before there was a conversation is for the one that began meanwhile.
  function take(form, before) {
    const draft = sessionStorage.getItem(before);
    if (!draft || draftOf(form)) return;
    sessionStorage.removeItem(before);
    sessionStorage.setItem(keyOf(form), draft);
  }
  function accepted(form, sent) {
    const draft = draftOf(form);
    // What was typed on or attached while it was sent is another message.
    const text = draft && draft.text !== sent.text ? draft.text : "";
    const files = filesOf(form).filter((file) => !sent.files.includes(file));
    store(form, text, files);
    showFiles(form, files);
    if (!text) fieldOf(form).value = "";
    measure(form);
  }
  // What stands in the page has arrived, even if the answer to its sending has not.
  function arrived(form) {
    const draft = draftOf(form);
    const message = draft && form.closest("[data-chat]").querySelector(`[data-client-id="${CSS.escape(draft.id)}"]`);
    if (!message) return;
    form.querySelector(".chat-notice").replaceChildren();
    accepted(form, { text: message.querySelector(".chat-words").textContent, files: draft.files ?? [] });
  }
  // A message that did not get through says so until it is sent again, whatever else changes in the panel.
  htmx.registerExtension("chat", {
    htmx_before_morph_node(element, { newNode }) {
      if (element.matches?.(".chat-notice") && element.firstElementChild && !newNode.firstElementChild) return false;
    },
  });
  function measure(form) {
    const over = form.querySelector(".chat-over");
    over.hidden = new TextEncoder().encode(fieldOf(form).value).length <= Number(form.dataset.limit);
  }

  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.("[data-chat-form]");
    if (form) keep(form);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-chat-form]");
    if (!form || event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("textarea")) return;
    event.preventDefault();
    if (event.target.value.trim() || form.querySelector("[data-chat-file]")) form.requestSubmit();
  });
  // One draft has one id, however often it is sent: a message that arrived, but whose answer did not, is not
  // written twice.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (!target.matches("[data-chat-form]")) return;
    const draft = draftOf(target);
    if (draft) formData.set("client_id", draft.id);
  });
  const sent = new WeakMap();
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement;
    if (form?.matches?.("[data-chat-form]")) sent.set(form, { text: fieldOf(form).value, files: filesOf(form) });
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement;
    if (!form?.matches?.("[data-chat-form]") || !ctx.response?.ok && ctx.response?.status !== 200) return;
    accepted(form, sent.get(form));
    toEnd(messagesOf(form.closest("[data-chat]"))); // whoever writes wants to see the answer
  });

  // A choice that was made goes away: who made it by the keyboard goes on where one writes.
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement;
    if (!form?.matches?.("[data-chat-choice]")) return;
    const panel = form.closest("[data-chat]");
    elsewhere.delete(panel.id);
    toEnd(messagesOf(panel));
    if (form.querySelector(":focus-visible")) panel.querySelector("[data-chat-form] textarea")?.focus();
  });

  // The page of a conversation is called by its first words, as soon as there are any.
  function name() {
    const title = document.querySelector("[data-page-title]")?.dataset.pageTitle;
    const heading = document.querySelector(".shell-title");
    if (!title || !heading || heading.textContent === title) return;
    document.title = document.title.replace(heading.textContent, () => title);
    heading.textContent = title;
  }

  // After each change of the page ---------------------------------------------------------------------------

  function settle() {
    catchUp();
    announce();
    name();
    forms().forEach(restore);
    forms().forEach(arrived);
    for (const panel of panels()) {
      const was = elsewhere.get(panel.id);
      if (was) stay(panel, was);
      else toEnd(messagesOf(panel));
    }
  }
  settle();
  document.addEventListener("htmx:after:swap", settle);
})();
