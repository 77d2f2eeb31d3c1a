// The split: which unit is shown and at which step one points; everything follows, without asking the page.

class SplitView extends UnitView {
  constructor(root, data, send) {
    super();
    Object.assign(this, { root, send, t: null, alone: false });
    this.look = new Look(root);
    this.find = (name) => root.querySelector(name);
    keepKeys(root);
    const actions = { point: (t) => this.point(t) };
    this.canvas = this.find("canvas.bars");
    this.chart = new SplitChart(this.canvas, this.look, actions);
    this.table = new PartTable(root, this.look);
    this.plot = new PurePlot(root, this.look, actions);
    this.listenToButtons();
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
    this.follow(data, follows);
    this.content = content;
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

  get source() {
    return this.parts;
  }

  get firstUnit() {
    return this.parts.units[0];
  }

  move(by) {
    const { units } = this.parts;
    const at = this.unit == null ? units.indexOf(this.last) : units.indexOf(this.unit) + by;
    this.pick(units[Math.max(0, Math.min(units.length - 1, at))]);
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
    this.writeChooser();
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
    for (const surface of this.surfaces) surface.open();
    this.table.open();
    this.reopen();
  }

  close() {
    super.close();
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
