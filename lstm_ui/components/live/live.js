// The live chart: takes updates as they come, and draws once a frame what changed.

const MEMORY = "gatescope-live"; // settings outlive a change of page within the tab

class Live {
  constructor(root, chart, send) {
    Object.assign(this, { root, chart, send });
    this.look = new Look(root);
    this.shown = new Curves();
    this.status = new Status(root);
    this.settings = {
      log: false,
      smooth: 0.6,
      off: CHIPS.filter((chip) => chip.off).map((chip) => chip.id),
      ...remembered(),
    };
    keepKeys(root);
    this.buildLegend();
    this.buildTools();
    this.panes = [...root.querySelectorAll(".pane")].map((pane) => this.buildPane(pane));
    this.hear = (event) => event.detail?.chart === chart && this.take(event.detail);
    this.open();
  }

  open() {
    this.closed = false;
    for (const { surface } of this.panes) surface.open();
    document.addEventListener("gatescope-live", this.hear);
    document.dispatchEvent(new CustomEvent("gatescope-live-ready", { detail: this.chart }));
  }

  take(data) {
    const missing = this.shown.take(data);
    if (missing) this.send(missing);
    this.data = data;
    if (data.run !== this.run) this.cursor = null;
    this.run = data.run;
    this.status.show(data);
    this.root.querySelector(".panes").toggleAttribute("data-score", Boolean(data.score));
    this.root.querySelector('[data-pane="score"]').hidden = !data.score;
    this.chips.baselines.hidden = !data.baselines.length;
    this.changed();
  }

  buildLegend() {
    const legend = this.root.querySelector(".legend");
    this.chips = {};
    this.values = {};
    this.titles = {};
    for (const { id, name, title } of CHIPS) {
      const chip = html(legend, "button", { type: "button", class: "chip", "data-chip": id, title });
      const svg = node(chip, "svg", { viewBox: "0 0 20 10", "aria-hidden": "true" });
      node(svg, "path", { d: "M0 5H20", fill: "none", "stroke-width": 3, "stroke-dasharray": DASHES[id] });
      if (id === "validation") node(svg, "circle", { cx: 10, cy: 5, r: 4.5 });
      html(chip, "span", {}, name);
      if (id !== "baselines") this.values[id] = html(chip, "span", { class: "number", "data-value": id });
      chip.addEventListener("click", () => this.toggle(id));
      this.chips[id] = chip;
    }
  }

  buildTools() {
    this.smoothing = this.root.querySelector(".smoothing input");
    this.smoothing.value = this.settings.smooth;
    this.smoothing.addEventListener("input", () => this.set({ smooth: Number(this.smoothing.value) }));
    this.scales = [...this.root.querySelectorAll("[data-scale]")];
    for (const button of this.scales)
      button.addEventListener("click", () => this.set({ log: button.dataset.scale === "log" }));
  }

  buildPane(pane) {
    const name = pane.dataset.pane;
    const canvas = pane.querySelector("canvas");
    const caption = pane.querySelector("figcaption");
    // The loss has its numbers in the legend, the others behind their titles.
    this.titles[name] = html(null, "span", {}, caption.textContent);
    caption.replaceChildren(this.titles[name]);
    if (name !== "loss") this.values[name] = html(caption, "span", { class: "number", "data-value": name });
    const found = { name, canvas, caption };
    found.surface = new Surface(canvas, (ctx, width, height) => {
      if (this.data)
        found.frame = drawPlot(ctx, width, height, { ...this.scene(name), cursor: this.cursor }, this.look);
    });
    canvas.addEventListener("pointermove", (event) => this.point(found, event));
    canvas.addEventListener("pointerdown", (event) => this.point(found, event));
    canvas.addEventListener("pointerleave", () => this.moveTo(null));
    canvas.addEventListener("blur", () => this.moveTo(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
    return found;
  }

  scene(name) {
    const { shown } = this;
    if (name === "loss") return lossScene(shown, this.data, this.settings, this.look);
    if (name === "score") return scoreScene(shown, this.data, this.look);
    return smallScene(shown, this.data, this.settings, this.look, name);
  }

  point(pane, event) {
    if (!pane.frame) return;
    const place = event.clientX - pane.canvas.getBoundingClientRect().left;
    const { rows } = this.shown;
    if (rows.count) this.moveTo(rows.step[nearest(rows.step, pane.frame.x.from(place))]);
  }

  key(event) {
    const { rows } = this.shown;
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity };
    const by = moves[event.key];
    if (event.key === "Escape") this.moveTo(null);
    if (by === undefined || !rows.count) return;
    event.preventDefault();
    const row = this.cursor == null ? rows.count - 1 : nearest(rows.step, this.cursor);
    this.moveTo(rows.step[Math.max(0, Math.min(rows.count - 1, row + by))]);
  }

  moveTo(step) {
    if (step === this.cursor) return;
    this.cursor = step;
    this.changed();
  }

  toggle(id) {
    const { off } = this.settings;
    this.set({ off: off.includes(id) ? off.filter((each) => each !== id) : [...off, id] });
  }

  set(change) {
    Object.assign(this.settings, change);
    remember(this.settings);
    this.changed();
  }

  changed() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = null;
    if (this.closed || !this.data) return;
    const values = valuesAt(this.shown, this.data, this.cursor);
    this.writeValues(values);
    for (const { id, curve } of CHIPS) {
      setAttr(this.chips[id], "aria-pressed", !this.settings.off.includes(id));
      setStyle(
        this.chips[id].querySelector("path"),
        "stroke",
        curve == null ? this.look.colour("line") : this.look.curve(curve),
      );
      const dot = this.chips[id].querySelector("circle");
      if (dot) setStyle(dot, "fill", this.look.curve(curve));
    }
    for (const button of this.scales)
      setAttr(button, "aria-pressed", (button.dataset.scale === "log") === this.settings.log);
    for (const { name, canvas, surface } of this.panes) {
      this.describe(name, canvas, values);
      surface.render();
    }
    setAttr(this.root, "data-rows", this.shown.rows.count);
    setAttr(this.root, "data-ready", 1);
  }

  writeValues(values) {
    for (const [id, element] of Object.entries(this.values)) {
      const value = values[id] ?? NaN;
      const isShare = id === "saturated" && Number.isFinite(value);
      setNumber(element, value, isShare ? `${(100 * value).toPrecision(3)} %` : fmt(value));
    }
    const { step } = values;
    const when = this.cursor == null ? "now, " : "";
    setText(this.root.querySelector(".at"), step == null ? "" : `${when}step ${wholeText(step)}`);
    setText(this.titles.loss, `${this.data.loss}, over steps`);
    setText(this.titles.score, `${this.data.score} on validation`);
  }

  describe(name, canvas, values) {
    const { rows } = this.shown;
    const drawn = Object.keys(this.chips).filter((id) => !this.settings.off.includes(id));
    const shown = name === "loss" ? drawn : [name];
    const spoken = shown.filter((id) => Number.isFinite(values[id])).map((id) => `${id} ${fmt(values[id])}`);
    setAttr(canvas, "aria-label", `${name} over steps`);
    setAttr(canvas, "aria-valuemin", rows.count ? rows.step[0] : 0);
    setAttr(canvas, "aria-valuemax", rows.count ? rows.step.at(-1) : 0);
    setAttr(canvas, "aria-valuenow", values.step ?? 0);
    setAttr(canvas, "aria-valuetext", `step ${values.step ?? 0}: ${spoken.join(", ")}`);
  }

  themed() {
    if (this.look.read()) this.changed();
  }

  close() {
    this.closed = true;
    document.removeEventListener("gatescope-live", this.hear);
    for (const { surface } of this.panes) surface.close();
  }
}

const DASHES = { total: "2 4", stability: "8 3", baselines: "6 4" };

function remembered() {
  try {
    const { log, smooth, off } = JSON.parse(sessionStorage.getItem(MEMORY)) ?? {};
    if (typeof log === "boolean" && smooth >= 0 && smooth <= 0.98 && Array.isArray(off)) return { log, smooth, off };
  } catch {
    // No storage, or not ours: begin as at the first time.
  }
  return {};
}

function remember(settings) {
  try {
    sessionStorage.setItem(MEMORY, JSON.stringify(settings));
  } catch {
    // A browser may forbid it; then the settings live as long as the picture.
  }
}

// Streamlit calls this again, on the same element, when the theme changes.
export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = setTriggerValue;
  root.gsLive ??= new Live(root, data.chart, (need) => root.gsSend("need", need));
  if (root.gsLive.closed) root.gsLive.open();
  root.gsLive.themed();
  return () => root.gsLive?.close();
}
