// Runs before anything else of a page that is tested. It knows what the page still waits for, which nothing on the
// screen tells: a request that has not reached the server, a position that is told when its reader has rested, a file.
(() => {
  const REST = [400, 500]; // milliseconds that components wait before they tell the page
  const PING = new Uint8Array([0x88, 1, 1]); // BackMsg.app_heartbeat: the server answers in order
  const watch = { asked: false, running: false, runs: 0, files: 0, resting: new Set(), told: [], last: 0 };
  window.gsWatch = watch;

  // The fields of a protocol buffer, by number: a count or the bytes.
  function fields(data) {
    const bytes = new Uint8Array(data);
    const found = new Map();
    let at = 0;
    const number = () => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * factor;
        if (!(byte & 128)) return value;
      }
    };
    while (at < bytes.length) {
      const key = number();
      const kind = key & 7;
      if (kind === 0) found.set(key >> 3, number());
      else {
        const size = kind === 2 ? number() : kind === 1 ? 8 : 4;
        found.set(key >> 3, bytes.subarray(at, at + size));
        at += size;
      }
    }
    return found;
  }

  function heard(message) {
    if (message.has(4)) {
      Object.assign(watch, { asked: false, running: true, runs: watch.runs + 1 }); // new_session
    } else if (message.has(6) && message.get(6) !== 2) watch.running = false; // script_finished, 2: another run follows
    else if (message.has(26)) watch.answered = watch.pinged; // heartbeat_ack
  }

  function said(message) {
    const run = message.get(11); // rerun_script
    if (!run || fields(run).get(6)) return; // of its own accord: a fragment with run_every
    watch.asked = true;
    watch.pinged = null;
    watch.told.push({ rested: Boolean(watch.rested), since: performance.now() - watch.last });
    watch.rested = false;
  }

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...args) {
      super(...args);
      watch.socket = this;
      this.addEventListener("message", ({ data }) => data instanceof ArrayBuffer && heard(fields(data)));
    }

    send(data) {
      super.send(data);
      if (data !== PING && typeof data !== "string") said(fields(data));
    }
  };

  const plainFetch = window.fetch;
  window.fetch = (...args) => {
    const answer = plainFetch(...args);
    if (String(args[0]?.url ?? args[0]).includes("/media/")) {
      watch.files += 1;
      const done = () => (watch.files -= 1);
      answer.then(done, done);
    }
    return answer;
  };

  const { setTimeout: later, clearTimeout: never } = window;
  window.setTimeout = (work, delay, ...args) => {
    if (!REST.includes(delay)) return later(work, delay, ...args);
    const timer = later(() => {
      watch.resting.delete(timer);
      watch.rested = true;
      work(...args);
    }, delay);
    watch.resting.add(timer);
    return timer;
  };
  window.clearTimeout = (timer) => {
    watch.resting.delete(timer);
    never(timer);
  };

  // What a reader does; a key, and a slider that is dragged, certainly begin a new rest.
  const moved = ({ type, buttons }) => {
    if (type === "pointermove" && !buttons) return;
    watch.rested = false;
    if (type === "keydown" || type === "input") watch.last = performance.now();
  };
  for (const type of ["keydown", "pointerdown", "pointermove", "pointerup", "click", "input", "wheel"])
    window.addEventListener(type, moved, { capture: true, passive: true });

  // Asked once a frame: true once nothing has been waited for in several frames, of which the server has seen one.
  watch.atRest = (turn, rested) => {
    const app = document.querySelector("[data-testid=stApp]")?.dataset ?? {};
    const waits =
      app.testConnectionState !== "CONNECTED" ||
      app.testScriptState !== "notRunning" ||
      document.querySelector("[data-stale=true], [data-testid=stSkeleton]") || // drawn anew, or its code still comes
      watch.asked ||
      watch.running ||
      !watch.runs ||
      watch.files ||
      (rested && watch.resting.size);
    if (watch.turn !== turn) Object.assign(watch, { turn, frames: 0, pinged: null });
    watch.frames = waits ? 0 : watch.frames + 1;
    if (waits) return false;
    // An answer may be lost where a run begins at the same time: then the server is asked again.
    if (watch.pinged === null || (watch.answered !== watch.pinged && performance.now() - watch.pinged > 500)) {
      watch.pinged = performance.now();
      watch.frames = 0;
      watch.socket.send(PING);
    }
    return watch.answered === watch.pinged && watch.frames > 3;
  };
})();
