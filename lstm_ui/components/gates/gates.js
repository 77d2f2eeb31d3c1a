// The heatmaps: holds what is chosen and shown, and brings everything up to date with it once a frame.

const SETTLE = 400; // milliseconds without a change before the page is told

class Gates {
  constructor(root, data, send) {
    Object.assign(this, { root, send, hover: null, dirty: {} });
    this.find = (selector) => root.querySelector(selector);
    this.look = new Look(root);
    keepKeys(root);
    this.place = new Place((...parts) => this.changed(...parts));
    this.reading = new Reading(root);
    this.ruler = new Ruler(root, this.look);
    this.unit = new UnitPane(root, this.look, {
      pointStep: (t) => this.point({ t: Number.isNaN(t) ? null : t, row: null }),
      pickStep: (t) => Number.isNaN(t) || this.place.choose({ step: t }),
      colour: (name) => {
        this.signal = name;
        this.changed("unit");
      },
      open: () => this.leave(),
    });
    this.listen();
    this.sizes = new ResizeObserver(() => this.changed("view"));
    this.setData(data);
    this.open();
  }

  setData(data) {
    const themed = this.look.read();
    const same = sameData(data, this.data);
    if (same && !themed) return;
    const place = data.id === this.data?.id && data.turn === this.data.turn ? this.at : null;
    if (!same) {
      this.data = data;
      const ended = this.model && this.model.limit !== this.model.limits[0];
      this.model = new Model(data);
      if (ended) this.model.limit = this.model.limits.at(-1);
      this.buildChoices();
      this.buildPanels();
      this.reading.build(this.model);
      this.unit.build(this.model);
      this.place.start(this.model, place ?? data.position);
      if (!place) this.sent = JSON.stringify(this.position());
      const names = this.model.signals.map(({ name }) => name);
      if (!names.includes(this.signal)) this.signal = "h";
      if (!names.includes("h")) this.signal = names.at(-1);
      this.hover = null;
    }
    this.changed("pictures", "view", "unit");
  }

  get at() {
    return this.place.at;
  }

  buildPanels() {
    const names = this.model.signals.map(({ name }) => name).join();
    if (names === this.names) return;
    this.names = names;
    for (const panel of this.panels ?? []) panel.surface.close();
    this.find(".panels").replaceChildren();
    this.panels = this.model.signals.map((signal) => {
      const panel = new Panel(this.find(".panels"), signal, this.look);
      this.pointer.follow(panel.canvas, panel);
      return panel;
    });
  }

  buildChoices() {
    const { orders, limits } = this.model;
    const take = (change) => this.place.choose(change);
    this.buildChoice(
      "order",
      orders.map(({ id, label }) => [id, label]),
      (order) => take({ order }),
    );
    this.buildChoice("show", this.model.runs(), (show) => take({ show }));
    this.buildChoice(
      "limit",
      limits.map((limit) => [String(limit), `\u00b1${fmtShort(limit)}`]),
      (text) => {
        this.model.limit = Number(text);
        this.changed("pictures", "view", "unit");
      },
    );
  }

  // Buttons of which one is pressed; hidden where there is nothing to choose.
  buildChoice(what, options, take) {
    const box = this.find(`.${what}s`);
    box.hidden = options.length < 2;
    const group = box.querySelector(".group");
    // Kept where they are the same: one of them may have the focus.
    if (group.gsOptions === JSON.stringify(options)) return;
    group.gsOptions = JSON.stringify(options);
    group.replaceChildren();
    for (const [id, label] of options) {
      const button = html(group, "button", { type: "button", [`data-${what}`]: id }, label);
      button.addEventListener("click", () => take(id));
    }
  }

  listen() {
    const stack = this.find(".stack");
    const { text, lines } = this.unit;
    this.pointer = new Pointer(stack, this.place, {
      view: () => this.view,
      onPoint: (hover) => this.point(hover),
      onSpan: (span) => {
        this.dragging = true;
        this.place.choose({ span });
      },
      onDone: () => {
        this.dragging = false;
        this.settle();
      },
    });
    for (const canvas of [this.ruler.canvas, ...lines.panes.map((pane) => pane.canvas)])
      this.pointer.follow(canvas, null);
    this.pointer.followText(text.box);
    listenToMoves(stack, this.place, true);
    listenToMoves(text.box, this.place, false);
    const on = (name, action) => this.find(`[data-do="${name}"]`).addEventListener("click", action);
    on("zoom", () => this.place.zoom(this.at.span));
    on("whole", () => this.place.zoom(null));
    on("clear", () => this.place.clear());
  }

  point(hover) {
    this.hover = hover?.t == null ? null : hover;
    this.changed();
  }

  changed(...what) {
    for (const name of what) this.dirty[name] = true;
    // Keys and clicks move the choice, which is then what is read.
    if (this.dirty.choice && !this.dragging) this.hover = null;
    this.frame ??= requestAnimationFrame(() => this.render());
  }

  measure() {
    const { width } = this.find(".panels").getBoundingClientRect();
    const [first, stop] = this.at.zoom ?? [0, this.model.steps];
    const left = 26 + 8 * Math.max(2, String(this.model.total).length);
    const count = stop - first;
    this.view = { left, first, count, each: Math.max(0, width - left - RIGHT) / count };
  }

  render() {
    this.frame = null;
    if (this.closed) return;
    const { dirty, model, at } = this;
    this.dirty = {};
    if (dirty.view) this.measure();
    if (dirty.pictures) for (const panel of this.panels) panel.draw(model, at.order, at.show);
    if (dirty.view || dirty.pictures) {
      this.ruler.show(model, at.show, this.view);
      for (const panel of this.panels) panel.render(this.view);
    }
    const hover = this.hover?.t ?? null;
    const column = model.columnOf.get(at.unit) ?? null;
    if (dirty.view || dirty.unit) this.unit.show({ ...at, column, view: this.view, signal: this.signal });
    const chosen = this.place.rowOf(at.unit);
    for (const panel of this.panels) panel.point(this.view, this.hover?.row ?? null, chosen);
    this.ruler.point({ hover, step: at.step, span: at.span });
    this.unit.point({ hover, step: at.step, span: at.span });
    const pointed = this.hover?.row == null ? column : model.columnOf.get(this.place.unitAt(this.hover.row));
    this.reading.show({ t: hover ?? at.step, column: pointed, heard: this.hover || dirty.choice, show: at.show });
    if (dirty.view || dirty.choice || dirty.pictures) this.writeTools();
    setAttr(this.root, "data-ready", 1);
    if (dirty.choice || dirty.pictures) this.settle();
  }

  writeTools() {
    const { at, model } = this;
    for (const [what, now] of [
      ["order", at.order],
      ["show", at.show],
      ["limit", String(model.limit)],
    ])
      for (const button of this.root.querySelectorAll(`.tools [data-${what}]`))
        setAttr(button, "aria-pressed", button.getAttribute(`data-${what}`) === now);
    this.find('[data-do="zoom"]').disabled = !at.span || at.span.join() === at.zoom?.join();
    this.find('[data-do="clear"]').disabled = !at.span;
    this.find('[data-do="whole"]').disabled = !at.zoom;
    const range = ([start, stop]) => (stop - start > 1 ? `${start + 1} to ${stop}` : `${stop}`);
    const shown = at.zoom ? `Tokens ${range(at.zoom)} of ${model.steps}` : `${model.steps} token${model.steps === 1 ? "" : "s"}`;
    const hint = model.steps > 1 ? ": drag along them to choose a span" : "";
    setText(this.find(".where"), at.span ? `${shown}, span ${range(at.span)}` : shown + hint);
    for (const name of ["step", "unit", "order", "show"]) setAttr(this.root, `data-at-${name}`, at[name] ?? "");
    for (const name of ["span", "zoom"]) setAttr(this.root, `data-at-${name}`, at[name]?.join("-") ?? "");
  }

  position() {
    const { step, unit, span, zoom, order, show } = this.at;
    return { id: this.data.id, turn: this.data.turn, step, unit, span, zoom, order, show };
  }

  settle() {
    clearTimeout(this.settling);
    if (this.dragging) return;
    this.settling = setTimeout(() => this.tell(), SETTLE);
  }

  tell() {
    const text = JSON.stringify(this.position());
    if (text === this.sent || this.closed) return;
    this.sent = text;
    this.send("position", this.position());
  }

  // The position first: told later, when another page is already on its way, it would bring the reader back to this one.
  leave() {
    clearTimeout(this.settling);
    this.tell();
    this.send("open", { id: this.model.id, step: this.at.step, unit: this.at.unit });
  }

  surfaces() {
    return [this.ruler.surface, ...this.unit.lines.surfaces(), ...this.panels.map((panel) => panel.surface)];
  }

  open() {
    this.closed = false;
    this.sizes.observe(this.find(".panels"));
    for (const surface of this.surfaces()) surface.open();
  }

  close() {
    this.closed = true;
    clearTimeout(this.settling);
    this.reading.stop();
    this.sizes.disconnect();
    for (const surface of this.surfaces()) surface.close();
  }
}

// Equal data may come as another object; the numbers are compared first, since they are long.
function sameData(a, b) {
  if (!a || !b || a === b) return a === b;
  if (a.signals.length !== b.signals.length) return false;
  if (a.signals.some((signal, k) => signal.data !== b.signals[k].data || signal.other !== b.signals[k].other))
    return false;
  const rest = (data) => JSON.stringify({ ...data, signals: data.signals.map(({ name }) => name) });
  return rest(a) === rest(b);
}

// Streamlit calls this again, on the same element, when data or theme change.
export default function mount({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = { position: setStateValue, open: setTriggerValue };
  if (root.gsGates?.closed) root.gsGates.open();
  if (root.gsGates) root.gsGates.setData(data);
  else root.gsGates = new Gates(root, data, (name, value) => root.gsSend[name](name, value));
  return () => root.gsGates?.close();
}
