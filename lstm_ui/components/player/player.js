// The player: holds the position, and once a frame brings everything on the screen up to date with it.

const SETTLE = 500; // milliseconds without a change before the position goes to the page's URL
const MANY = 64; // units, above which a bar is hardly a pixel wide
const NEAR = 3; // pixels

class Player {
  constructor(root, data, send) {
    this.root = root;
    this.send = send;
    this.mode = "held";
    this.find = (selector) => root.querySelector(selector);
    this.actions = {
      step: (t) => this.go(t, this.sub),
      move: (by) => this.go(this.t + by, this.sub),
      sub: (by) => this.moveSub(by),
      unit: (by) => this.choose(this.u + by),
      play: () => this.clock.toggle(),
      follow: (unit) => this.choose(unit),
      redraw: () => this.changed({}),
    };
    this.track = new Track(root, this.actions);
    this.panel = new Panel(root, this.actions);
    this.speaker = new Speaker(this.find(".live"));
    this.holder = this.find(".stage");
    this.clock = new Clock(root, {
      atEnd: (unit) => this.t === this.model.end && (unit === "step" || this.sub === this.model.subs.length),
      restart: (unit) => this.go(this.model.reverse ? Infinity : 0, unit === "sub" ? 1 : this.sub),
      advance: (unit) => (unit === "sub" ? this.moveSub(1) : this.go(this.t + this.model.onward, this.sub)),
      rest: () => this.settle(),
    });
    listenToKeys(root, this.actions);
    this.listen();
    this.setData(data);
    this.sizes = new ResizeObserver(() => this.resized());
    this.sizes.observe(root);
  }

  setData(data) {
    const before = this.model;
    this.setTheme();
    // Only the starting position or the theme differs: nothing to rebuild.
    const content = JSON.stringify({ ...data, position: null });
    if (content === this.content) return;
    this.content = content;
    this.model = new Model(data);
    if (!before || before.id !== data.id) {
      const { step, sub, unit } = data.position;
      [this.t, this.sub, this.u] = [step, sub, unit];
      this.sent = JSON.stringify(this.position());
    }
    this.t = this.inside(this.t, this.model.steps);
    this.u = this.inside(this.u, this.model.hidden);
    this.sub = 1 + this.inside(this.sub - 1, this.model.subs.length);
    if (!before || before.shape !== this.model.shape) this.size = null;
    setAttr(this.root, "data-cell", this.model.cell);
    this.find(".views").hidden = !this.model.compared;
    this.find(".many").hidden = this.model.hidden <= MANY;
    this.buildTabs();
    this.resized();
    this.track.show(this.model);
    this.setView(this.mode);
    this.changed({ sub: true, unit: true });
  }

  inside(value, count) {
    return Math.max(0, Math.min(count - 1, Number.isFinite(value) ? Math.trunc(value) : value > 0 ? count - 1 : 0));
  }

  position() {
    return { step: this.t, sub: this.sub, unit: this.u };
  }

  // Light or dark is whatever ground Streamlit puts us on.
  setTheme() {
    const ground = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const probe = this.find(".probe");
    probe.style.color = ground || "white";
    const [r, g, b] = getComputedStyle(probe)
      .color.match(/[\d.]+/g)
      .map(Number);
    setAttr(this.root, "data-mode", 0.299 * r + 0.587 * g + 0.114 * b < 128 ? "dark" : "light");
  }

  buildTabs() {
    const list = this.find(".tabs");
    const names = this.model.subs.map((chapter) => chapter.title);
    if (list.gsNames === names.join()) return;
    list.gsNames = names.join();
    list.replaceChildren();
    this.tabs = names.map((name, k) => {
      const button = html(list, "button", { type: "button", class: "tab", "data-goto-sub": k + 1 });
      html(button, "span", { class: "tab-number", "aria-hidden": "true" }, String(k + 1));
      html(button, "span", { class: "tab-name" }, name);
      button.addEventListener("click", () => this.go(this.t, k + 1));
      return button;
    });
  }

  // The diagram has two drawings; which one fits is decided by the room there is.
  resized() {
    const size = sizeFor(this.model.cell, this.root.clientWidth);
    if (this.size !== size) {
      this.size = size;
      this.diagram = drawn(new CellDiagram(this.model, size));
      this.holder.replaceChildren(this.diagram.svg);
      this.changed({ sub: true, unit: true });
    }
    if (this.track.model && this.track.scroller.clientWidth !== this.trackWidth) {
      this.trackWidth = this.track.scroller.clientWidth;
      this.track.show(this.model);
      this.changed({ unit: true });
    }
  }

  listen() {
    const on = (name, action) =>
      this.find(`[data-do="${name}"]`).addEventListener("click", (event) => {
        action();
        // After a click with the mouse, Space should play, not press the same button again.
        if (event.detail > 0) this.track.rail.focus({ preventScroll: true });
      });
    on("first", () => this.go(0, this.sub));
    on("last", () => this.go(Infinity, this.sub));
    on("left", () => this.go(this.t - 1, this.sub));
    on("right", () => this.go(this.t + 1, this.sub));
    on("sub-back", () => this.moveSub(-1));
    on("sub-next", () => this.moveSub(1));
    on("play", () => this.clock.toggle());
    on("unit-back", () => this.choose(this.u - 1));
    on("unit-next", () => this.choose(this.u + 1));
    for (const button of this.root.querySelectorAll("[data-view]")) {
      button.addEventListener("click", () => this.setView(button.dataset.view));
    }
    this.holder.addEventListener("click", (event) => {
      const hit = event.target.closest(".strip-hit");
      if (!hit) return;
      const box = hit.getBoundingClientRect();
      const unit = Math.floor(((event.clientX - box.left) / box.width) * Number(hit.dataset.units));
      this.choose(this.tallest(hit.closest(".strip").dataset.strip, unit, (NEAR * this.model.hidden) / box.width));
      this.track.rail.focus({ preventScroll: true });
    });
  }

  // Among very many units nobody hits the one that is meant: the tallest bar nearby is.
  tallest(key, unit, near) {
    const row = this.view.row(key, this.t);
    let best = this.inside(unit, row.length);
    for (let u = Math.max(0, Math.ceil(unit - near)); u <= Math.min(row.length - 1, unit + near); u += 1)
      if (Math.abs(row[u]) > Math.abs(row[best])) best = u;
    return this.model.hidden > MANY ? best : this.inside(unit, row.length);
  }

  setView(mode) {
    this.mode = mode;
    this.view = new View(this.model, mode);
    for (const button of this.root.querySelectorAll("[data-view]"))
      setAttr(button, "aria-pressed", button.dataset.view === mode);
    setAttr(this.root, "data-view-mode", this.view.mode);
    this.changed({ unit: true });
  }

  go(t, sub) {
    t = this.inside(t, this.model.steps);
    const other = sub !== this.sub;
    if (t === this.t && !other) return;
    this.t = t;
    this.sub = sub;
    this.changed({ sub: other });
  }

  // One sub-step on; after the last one the next token in reading order begins.
  moveSub(by) {
    const count = this.model.subs.length,
      onward = this.model.reverse ? -by : by;
    const sub = this.sub + by,
      t = this.t + onward;
    if (sub >= 1 && sub <= count) return this.go(this.t, sub);
    if (t < 0 || t >= this.model.steps) return undefined;
    return this.go(t, sub < 1 ? count : 1);
  }

  choose(unit) {
    const u = this.inside(unit, this.model.hidden);
    if (u === this.u) return;
    this.u = u;
    this.changed({ unit: true });
  }

  changed(what) {
    clearTimeout(this.settling); // who moves has not come to rest, though the frame is still to come
    this.dirty = { ...this.dirty, ...Object.fromEntries(Object.entries(what).filter(([, value]) => value)) };
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = null;
    if (this.closed) return;
    const { model, view, t, u, sub, dirty } = this;
    this.dirty = {};
    const context = { model, view, t, u, sub };
    if (dirty.sub) {
      this.diagram.setSub(sub);
      this.panel.show(model, sub);
      this.tabs.forEach((tab, k) =>
        k + 1 === sub ? tab.setAttribute("aria-current", "step") : tab.removeAttribute("aria-current"),
      );
    }
    if (dirty.unit) {
      this.track.drawSignals(view, u);
      setText(this.find(".unit-now"), `${u + 1} / ${model.hidden}`);
    }
    // The track reads where it has been scrolled to: first, while the layout is still that of the last frame.
    this.track.update(t, positionText(model, t, sub));
    this.diagram.update(context);
    this.panel.update(context);
    setText(this.find(".step-now"), `${t + 1} / ${model.steps}`);
    for (const [name, value] of [
      ["step", t],
      ["sub", sub],
      ["unit", u],
      ["ready", 1],
    ])
      setAttr(this.root, `data-${name}`, value);
    if (!this.clock.playing)
      this.speaker.say(() => `${positionText(model, t, sub)}. Unit ${u + 1}. ${spokenFormulas(this.panel, model)}`);
    this.settle();
  }

  settle() {
    clearTimeout(this.settling);
    if (this.clock.playing) return;
    this.settling = setTimeout(() => {
      const text = JSON.stringify(this.position());
      if (text === this.sent || this.closed) return;
      this.sent = text;
      this.send(this.position());
    }, SETTLE);
  }

  close() {
    this.closed = true;
    this.clock.stop();
    clearTimeout(this.settling);
    this.speaker.stop();
    this.sizes.disconnect();
  }
}

// Streamlit calls this again, on the same element, whenever data or theme change; the player then updates in place.
export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".gs");
  const send = (position) => root.gsSend("position", position);
  root.gsSend = setStateValue;
  if (!root.gsPlayer || root.gsPlayer.closed) root.gsPlayer = new Player(root, data, send);
  else root.gsPlayer.setData(data);
  return () => root.gsPlayer?.close();
}
