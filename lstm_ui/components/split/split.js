// The split: which unit is shown and at which step one points; everything follows, without asking the page.

const REST = 500; // milliseconds without a change before the page is told

class SplitView {
  constructor(root, data, send) {
    Object.assign(this, { root, send, t: null, alone: false });
    this.look = new Look(root);
    this.find = (name) => root.querySelector(name);
    keepKeys(root);
    const actions = { point: (t) => this.point(t) };
    this.canvas = this.find("canvas.bars");
    this.chart = new SplitChart(this.canvas, this.look, actions);
    this.table = new PartTable(root, this.look);
    this.plot = new PurePlot(root, this.look, actions);
    for (const button of root.querySelectorAll("[data-do]"))
      button.addEventListener("click", () => this.act(button.dataset.do));
    for (const button of root.querySelectorAll("[data-scale]"))
      button.addEventListener("click", () => this.set({ alone: button.dataset.scale === "alone" }));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.setData(data);
  }

  setData(data) {
    const themed = this.look.read();
    const content = JSON.stringify({ ...data, unit: null, turn: 0 });
    const follows = data.id !== this.parts?.id || data.turn !== this.turn;
    if (content === this.content && !follows && !themed) return;
    if (content !== this.content) {
      const isOther = data.id !== this.parts?.id;
      this.parts = new Parts(data);
      if (isOther || this.t >= this.parts.steps) this.t = this.parts.end;
      this.table.build(this.parts);
      this.plot.build(this.parts);
      this.writeObjective();
    }
    if (follows || (this.unit != null && !this.parts.units.includes(this.unit))) {
      this.unit = data.unit;
      this.untold = null;
      clearTimeout(this.rest);
    }
    this.content = content;
    this.turn = data.turn;
    // Where "unit n" leads back to from all units together.
    this.last = this.unit ?? (this.parts.units.includes(this.last) ? this.last : this.parts.units[0]);
    if (themed) this.table.redraw();
    this.render();
  }

  writeObjective() {
    const { objective, value } = this.parts;
    this.find(".objective").hidden = !objective;
    setText(this.find(".objective-words"), `Differentiated: ${objective}${value == null ? "." : " ="}`);
    const number = this.find('[data-value="objective"]');
    number.hidden = value == null;
    if (value != null) setNumber(number, value, fmt(value));
  }

  act(what) {
    if (what === "all") this.pick(null);
    else if (what === "unit") this.pick(this.last);
    else this.move(what === "next" ? 1 : -1);
  }

  move(by) {
    const { units } = this.parts;
    const at = this.unit == null ? units.indexOf(this.last) : units.indexOf(this.unit) + by;
    this.pick(units[Math.max(0, Math.min(units.length - 1, at))]);
  }

  pick(unit) {
    if (unit === undefined || unit === this.unit) return;
    this.unit = unit;
    this.last = unit ?? this.last;
    this.untold = { id: this.parts.id, unit, at: Date.now() };
    this.tell();
    this.changed();
  }

  // To the page, once the reader is at rest.
  tell() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.send(this.untold);
      this.untold = null;
    }, REST);
  }

  set(change) {
    Object.assign(this, change);
    this.changed();
  }

  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    const by = moves[event.key];
    if (event.key === "," || event.key === ".") this.move(event.key === "." ? 1 : -1);
    else if (by !== undefined) this.point(Math.max(0, Math.min(this.parts.steps - 1, this.t + by)));
    else return;
    event.preventDefault();
  }

  point(t) {
    if (t === this.t) return;
    this.t = t;
    this.speaks = true;
    this.changed();
  }

  changed() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = null;
    if (this.closed) return;
    const { parts, t, alone } = this;
    const row = parts.row(this.unit);
    this.chart.show({ parts, row, t, alone });
    this.table.update(parts, row, t);
    this.plot.show({ parts, t, left: this.chart.frame?.left });
    this.writeTools(row);
    this.say(row);
    for (const [name, value] of Object.entries({ unit: this.unit ?? "all", step: t, ready: 1 }))
      setAttr(this.root, `data-${name}`, value);
  }

  writeTools(row) {
    const { parts, alone } = this;
    for (const button of this.root.querySelectorAll("[data-scale]"))
      setAttr(button, "aria-pressed", (button.dataset.scale === "alone") === alone);
    setAttr(this.find("[data-do=all]"), "aria-pressed", this.unit == null);
    const one = this.find("[data-do=unit]");
    setAttr(one, "aria-pressed", this.unit != null);
    one.hidden = this.last == null;
    if (this.last != null) setText(one, `Unit ${this.last + 1}`);
    for (const name of ["previous", "next"]) this.find(`[data-do=${name}]`).disabled = parts.units.length < 2;
    const what = row ? `${parts.totalName(row)} of ${parts.name(row)}` : `dL/d${parts.state} of all units`;
    const how = row ? "signed" : "each part along the direction of the whole";
    const scale = alone ? ", every step to its own scale" : "";
    setText(this.find(".facts"), `Bars: the parts of ${what} at each step, ${how}${scale}. Line: the total.`);
    setText(this.find(".at"), `At ${parts.token(this.t)}`);
  }

  say(row) {
    const { parts, t, canvas } = this;
    const words = parts.describe(row, t);
    setAttr(canvas, "aria-valuemin", 1);
    setAttr(canvas, "aria-valuemax", parts.steps);
    setAttr(canvas, "aria-valuenow", t + 1);
    setAttr(canvas, "aria-valuetext", words);
    clearTimeout(this.speaking);
    if (this.speaks) this.speaking = setTimeout(() => setText(this.find(".spoken"), words), 700);
  }

  get surfaces() {
    return [this.chart.surface, this.plot.surface];
  }

  open() {
    this.closed = false;
    for (const surface of this.surfaces) surface.open();
    this.table.open();
    if (this.untold) this.tell(); // new data came in between
    this.changed();
  }

  close() {
    this.closed = true;
    clearTimeout(this.rest);
    clearTimeout(this.speaking);
    for (const surface of this.surfaces) surface.close();
    this.table.close();
  }
}

// Streamlit calls this again, on the same element, when data or theme change.
export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = setStateValue;
  if (root.gsSplit?.closed) root.gsSplit.open();
  if (root.gsSplit) root.gsSplit.setData(data);
  else root.gsSplit = new SplitView(root, data, (pick) => root.gsSend("pick", pick));
  return () => root.gsSplit?.close();
}
