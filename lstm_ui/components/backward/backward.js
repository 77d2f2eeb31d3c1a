// The stepper of the way back: holds the position, and once a frame brings everything up to date with it.

const REST = 500; // milliseconds without a change before the page is told
const SOON = 200; // the same, for another unit: its numbers are not here yet

class Stepper {
  constructor(root, data, send) {
    Object.assign(this, { root, send });
    this.find = (selector) => root.querySelector(selector);
    this.look = new Look(root);
    this.actions = {
      step: (t) => this.go(t, this.sub),
      move: (by) => this.go(this.t + by, this.sub),
      // With Shift an arrow goes its way too: to the left is on, where the gradient goes to the left.
      sub: (by) => this.moveSub(by * this.walk.onward),
      goto: (sub) => this.go(this.t, sub),
      unit: (by) => this.choose(this.u + by),
      play: () => this.clock.toggle(),
    };
    this.track = new BackTrack(root, this.actions);
    this.holder = this.find(".stage");
    this.list = new QuantityList(root, this.actions);
    this.legend = new CurveLegend(root);
    this.speaker = new Speaker(this.find(".live"));
    this.clock = new Clock(root, {
      atEnd: (unit) => this.t === this.walk.end && (unit === "step" || this.sub === this.walk.subs.length),
      restart: (unit) => this.go(this.walk.first, unit === "sub" ? 1 : this.sub),
      advance: (unit) => (unit === "sub" ? this.moveSub(1) : this.go(this.t + this.walk.onward, this.sub)),
      rest: () => this.settle(),
    });
    listenToKeys(root, this.actions);
    this.listen();
    this.sizes = new ResizeObserver(() => this.resized());
    this.setData(data);
    this.open();
  }

  listen() {
    const { actions } = this;
    const on = (name, action) =>
      this.find(`[data-do="${name}"]`).addEventListener("click", (event) => {
        action();
        // After a click with the mouse, Space should play, not press the same button again.
        if (event.detail > 0) this.track.rail.focus({ preventScroll: true });
      });
    on("first", () => actions.step(0));
    on("last", () => actions.step(Infinity));
    on("left", () => actions.move(-1));
    on("right", () => actions.move(1));
    on("sub-back", () => this.moveSub(-1));
    on("sub-next", () => this.moveSub(1));
    on("play", () => actions.play());
    on("unit-back", () => actions.unit(-1));
    on("unit-next", () => actions.unit(1));
  }

  setData(data) {
    this.look.read();
    const content = JSON.stringify(data);
    if (content === this.content) return;
    this.content = content;
    const before = this.walk;
    this.walk = new Walk(data);
    if (!before || before.id !== data.id) {
      const { step, sub, unit } = data.position;
      Object.assign(this, { t: step, sub, u: unit, wanted: null });
      this.sent = JSON.stringify(this.position());
    }
    if (this.wanted === data.unit) this.wanted = null;
    if (this.wanted == null) this.u = data.unit;
    this.t = this.inside(this.t, this.walk.steps);
    this.sub = 1 + this.inside(this.sub - 1, this.walk.subs.length);
    setAttr(this.root, "data-cell", data.cell);
    setAttr(this.root, "data-reverse", data.reverse ? 1 : 0);
    this.buildTabs();
    this.size = null;
    this.list.build(this.walk);
    this.writeObjective();
    this.showDiagram();
    this.showTrack();
  }

  // Of the two drawings of the cell the one for which there is room.
  showDiagram() {
    const size = sizeFor(this.walk.cell, this.root.clientWidth);
    if (size === this.size) return;
    this.size = size;
    this.diagram = drawn(new BackDiagram(this.walk, size, this.actions.goto));
    this.holder.replaceChildren(this.diagram.svg);
    this.changed();
  }

  showTrack() {
    this.trackWidth = this.track.scroller.clientWidth;
    this.track.show(this.walk);
    this.legend.build(this.track.curves, this.walk);
    this.changed();
  }

  resized() {
    this.showDiagram();
    const { scroller, rail, railWidth } = this.track;
    if (scroller.clientWidth !== this.trackWidth || rail.clientWidth !== railWidth) this.showTrack();
  }

  writeObjective() {
    const { objective, value, notes } = this.walk;
    this.find(".objective").hidden = !objective;
    setText(this.find(".objective-words"), `Differentiated: ${objective}${value == null ? "." : " ="}`);
    const number = this.find('[data-value="objective"]');
    number.hidden = value == null;
    if (value != null) setNumber(number, value, fmt(value));
    const box = this.find(".panel-notes");
    box.replaceChildren(...notes.map((note) => html(null, "p", {}, note)));
    box.hidden = !notes.length;
  }

  buildTabs() {
    const list = this.find(".tabs");
    list.replaceChildren();
    this.tabs = this.walk.subs.map(({ title }, k) => {
      const button = html(list, "button", { type: "button", class: "tab", "data-goto-sub": k + 1 });
      html(button, "span", { class: "tab-number", "aria-hidden": "true" }, String(k + 1));
      html(button, "span", { class: "tab-name" }, title);
      button.addEventListener("click", () => this.go(this.t, k + 1));
      return button;
    });
  }

  inside(value, count) {
    return Math.max(0, Math.min(count - 1, Number.isFinite(value) ? Math.trunc(value) : value > 0 ? count - 1 : 0));
  }

  position() {
    return { id: this.walk.id, step: this.t, sub: this.sub, unit: this.u };
  }

  go(t, sub) {
    this.t = this.inside(t, this.walk.steps);
    this.sub = sub;
    this.changed();
  }

  // One sub-step on; after the last one comes the step read before.
  moveSub(by) {
    const count = this.walk.subs.length;
    const sub = this.sub + by,
      t = this.t + by * this.walk.onward;
    if (sub >= 1 && sub <= count) this.go(this.t, sub);
    else if (t >= 0 && t < this.walk.steps) this.go(t, sub < 1 ? count : 1);
  }

  // The numbers of another unit come from the page.
  choose(unit) {
    this.u = this.inside(unit, this.walk.hidden);
    this.wanted = this.u === this.walk.unit ? null : this.u;
    this.changed();
  }

  changed() {
    clearTimeout(this.settling); // who moves has not come to rest, though the frame is still to come
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = null;
    if (this.closed) return;
    const { walk, t, sub, u } = this;
    const waits = u !== walk.unit;
    this.track.update(t, positionText(walk, t, sub));
    this.track.mark(t);
    this.legend.update(t);
    this.diagram.show(walk, t, sub);
    this.list.update(walk, t, sub);
    this.writePanel();
    this.tabs.forEach((tab, k) =>
      k + 1 === sub ? tab.setAttribute("aria-current", "step") : tab.removeAttribute("aria-current"),
    );
    setText(this.find(".step-now"), `${t + 1} / ${walk.steps}`);
    setText(this.find(".unit-now"), `${u + 1} / ${walk.hidden}`);
    setText(this.find(".overview-title"), `Unit ${walk.unit + 1} at step ${t + 1}: ${walk.tokens[t].shown}`);
    setText(this.find(".waiting"), waits ? `Unit ${u + 1} is being computed.` : "");
    for (const [name, value] of Object.entries({ step: t, sub, unit: walk.unit, waits: waits ? 1 : 0, ready: 1 }))
      setAttr(this.root, `data-${name}`, value);
    if (!this.clock.playing) this.speaker.say(() => this.spoken());
    this.settle();
  }

  writePanel() {
    const { walk, t, sub } = this;
    const { title, words, names } = walk.subs[sub - 1];
    setText(this.find(".panel-title"), `Sub-step ${sub}: ${title}`);
    setText(this.find(".panel-words"), words);
    const body = this.find(".panel-body");
    const now = `${t} ${sub} ${this.content.length} ${walk.unit} ${walk.id}`;
    if (body.gsNow === now && body.gsWalk === walk) return;
    Object.assign(body, { gsNow: now, gsWalk: walk });
    setAttr(body, "data-roomy", names.length > 1 ? 0 : 1);
    body.replaceChildren();
    for (const name of names) new Equation(body, walk.quantity(t, name));
  }

  // Said a while after the move: other data may have come, and their formulas not yet be drawn.
  spoken() {
    const { walk, t, sub } = this;
    const lines = walk.subs[sub - 1].names.flatMap((name) => {
      const box = this.find(`.panel-body [data-equation="${name}"]`);
      if (!box) return [];
      const verdict = box.querySelector(".words-verdict span:last-child").textContent;
      const symbol = box.querySelector(".symbolic").textContent.split(" = ")[0];
      return `${symbol} is ${fmt(walk.quantity(t, name).value)}: ${verdict}`;
    });
    return `${positionText(walk, t, sub)}. Unit ${walk.unit + 1}. ${lines.join(". ")}`;
  }

  settle() {
    clearTimeout(this.settling);
    if (this.clock.playing) return;
    this.settling = setTimeout(
      () => {
        const text = JSON.stringify(this.position());
        if (text === this.sent || this.closed) return;
        this.sent = text;
        this.send(this.position());
      },
      this.wanted == null ? REST : SOON,
    );
  }

  open() {
    this.closed = false;
    this.sizes.observe(this.root);
    this.sizes.observe(this.track.rail);
    this.changed();
  }

  close() {
    this.closed = true;
    this.clock.stop();
    clearTimeout(this.settling);
    this.speaker.stop();
    this.sizes.disconnect();
  }
}

// Streamlit calls this again, on the same element, whenever data or theme change.
export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = setStateValue;
  if (root.gsStepper?.closed) root.gsStepper.open();
  if (root.gsStepper) root.gsStepper.setData(data);
  else root.gsStepper = new Stepper(root, data, (position) => root.gsSend("position", position));
  return () => root.gsStepper?.close();
}
