// The page's one socket: what is shown here is said in, what changed is heard. Where sockets are refused the
// page asks every few seconds; after an absence it asks once, and fetches only what is stale.
(() => {
  const live = capsuleLive;
  const ASK_EVERY = 5000; // milliseconds, where there is no socket
  const SOCKET_AGAIN = 60000; // milliseconds until a refused socket is tried again
  const SLEEPS_AFTER = 60000; // milliseconds that a hidden tab keeps its socket
  const UNWELL_AFTER = 3000; // milliseconds without a connection until the page says so
  const HELD = 10000; // milliseconds after which a socket was a good one
  const ACK_EVERY = 16; // frames
  const ACK_SIZE = 32768; // characters: long before the server waits, which counts bytes
  const REFUSED = [4400, 4413, 4429];
  const LOST_ACCESS = [4401, 4403];

  let socket = null;
  let received = 0;
  let unsaid = 0; // characters since the server was last told how much was read
  let openedAt = -Infinity;
  let attempts = 0;
  let watching = "";
  let retry = null;
  let asking = null;
  let asleep = null;
  let unwell = null;
  let refusals = 0;

  // The socket ---------------------------------------------------------------------------------------

  function connect() {
    clearTimeout(retry);
    if (socket || live.isOver || document.hidden || !live.tokens().length) return;
    const address = new URL("/live/", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(address);
    socket = opened;
    received = 0;
    unsaid = 0;
    watching = "";
    opened.addEventListener("open", () => {
      openedAt = performance.now();
      well();
      watch();
    });
    opened.addEventListener("message", ({ data }) => heard(opened, data));
    opened.addEventListener("close", ({ code }) => {
      if (socket !== opened) return; // closed by ourselves
      socket = null;
      is("");
      lost(code);
    });
  }

  function watch() {
    const tokens = live.tokens();
    const wanted = JSON.stringify({ watch: tokens });
    if (socket?.readyState !== WebSocket.OPEN) return connect();
    if (wanted === watching) return;
    watching = wanted;
    socket.send(wanted);
    is("listening");
  }

  function heard(from, data) {
    const { changed, delta } = JSON.parse(data);
    received += 1;
    unsaid += data.length;
    attempts = 0;
    refusals = 0;
    if (received % ACK_EVERY === 0 || unsaid > ACK_SIZE) {
      from.send(JSON.stringify({ ack: received }));
      unsaid = 0;
    }
    if (changed) live.changed(changed);
    if (delta) document.dispatchEvent(new CustomEvent("capsule:delta", { detail: delta }));
  }

  function lost(code) {
    if (REFUSED.includes(code)) return ask();
    if (LOST_ACCESS.includes(code)) {
      // Perhaps only another browser of this person's was signed out: what they may see now, an answer says.
      refusals += 1;
      return compare().then((isAnswered) => {
        if (isAnswered && refusals < 4) later(connect, 250 * refusals);
        else ask();
      });
    }
    if (performance.now() - openedAt > HELD) attempts = 0; // a drop now and then is no refusal
    attempts += 1;
    unwellSoon();
    if (attempts > 4) return ask();
    later(connect, Math.min(8000, 300 * 2 ** attempts) * (0.5 + Math.random() / 2));
  }

  function later(work, wait) {
    clearTimeout(retry);
    retry = setTimeout(work, wait);
  }

  function close() {
    const closing = socket;
    socket = null;
    is("");
    // A browser complains of a socket that is closed before it is open: that one is closed when it is.
    if (closing?.readyState === WebSocket.CONNECTING) closing.addEventListener("open", () => closing.close(1000));
    else closing?.close(1000);
  }

  // Asking -------------------------------------------------------------------------------------------

  // Without a socket: every few seconds, and now and then for a socket again.
  function ask() {
    if (asking !== null) return;
    is("asking");
    const until = performance.now() + SOCKET_AGAIN;
    asking = setInterval(() => {
      if (document.hidden || live.isOver) return;
      if (performance.now() > until) {
        stopAsking();
        connect();
      } else compare();
    }, ASK_EVERY);
  }
  function stopAsking() {
    clearInterval(asking);
    asking = null;
  }

  // One request that compares versions; whether the server answered and we are still who we were.
  async function compare() {
    const tokens = live.tokens();
    if (!tokens.length || live.isOver) return false;
    let response;
    try {
      response = await fetch("/live/compare/", {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/json", ...csrf() },
        body: JSON.stringify({ tokens }),
        signal: AbortSignal.timeout(10000),
      });
    } catch {
      unwellSoon();
      return false;
    }
    if (response.status === 403) {
      live.say("expired");
      return false;
    }
    if (!response.ok) {
      unwellSoon();
      return false;
    }
    well();
    const { stale, acting } = await response.json();
    if (!live.isStillUs(acting)) return false;
    if (stale.length) live.outdated(stale.map((at) => tokens[at]));
    return true;
  }
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");

  // What whoever styles or tests a page may ask: listening, asking, or neither.
  const is = (word) => { document.body.dataset.connection = word; };

  // How it is ----------------------------------------------------------------------------------------

  function well() {
    clearTimeout(unwell);
    unwell = null;
    live.say(null, "connection");
    live.say(null, "server");
    live.again();
  }
  function unwellSoon() {
    unwell ??= setTimeout(() => live.say(navigator.onLine ? "reconnecting" : "offline", "connection"), UNWELL_AFTER);
  }

  function back() {
    clearTimeout(asleep);
    if (socket?.readyState === WebSocket.OPEN) return live.again();
    attempts = 0;
    compare().then(() => { if (asking === null) connect(); });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) asleep = setTimeout(close, SLEEPS_AFTER);
    else back();
  });
  addEventListener("pageshow", ({ persisted }) => { if (persisted) back(); });
  addEventListener("online", () => {
    close();
    back();
  });
  addEventListener("offline", () => {
    clearTimeout(unwell);
    unwell = null;
    live.say("offline", "connection");
  });
  // A machine that slept: its clock has jumped, and its socket is open in name only.
  let ticked = Date.now();
  setInterval(() => {
    const slept = Date.now() - ticked > 20000;
    ticked = Date.now();
    if (slept && !document.hidden) {
      close();
      back();
    }
  }, 5000);

  document.addEventListener("capsule:over", close);
  document.addEventListener("capsule:refreshed", watch);
  document.addEventListener("htmx:after:swap", watch);
  addEventListener("pagehide", close);
  connect();
})();
