// The race: three pictures that grow together. Everything is sent each time; drawn is what changed, once a frame.

const RACE_FLOOR = 1e-12; // of a gradient: what is smaller leaves the picture

class Race {
  constructor(root, { chart, colours }) {
    Object.assign(this, { root, chart, colours, as: "left", cursor: null, place: null });
    this.look = new Look(root);
    this.board = new Board(root);
    keepKeys(root);
    this.panes = [...root.querySelectorAll(".pane")].map((pane) => this.buildPane(pane));
    this.ways = [...root.querySelectorAll("[data-as]")];
    for (const way of this.ways)
      way.addEventListener("click", () => {
        this.as = way.dataset.as;
        this.changed();
      });
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
    if (data.race !== this.race) this.cursor = this.place = null;
    this.race = data.race;
    this.data = data;
    this.racers = data.racers.map(unpacked);
    this.board.build(this.racers);
    this.root.querySelector(".panes").toggleAttribute("data-score", Boolean(data.score));
    this.root.querySelector('[data-pane="score"]').hidden = !data.score;
    this.changed();
  }

  buildPane(pane) {
    const found = { name: pane.dataset.pane, canvas: pane.querySelector("canvas") };
    found.caption = pane.querySelector("figcaption");
    found.surface = new Surface(found.canvas, (ctx, width, height) => {
      if (!this.data) return;
      const scene = this.scene(found.name);
      found.frame = drawPlot(ctx, width, height, scene, this.look);
      nameInside(ctx, found.frame, scene.inside ?? [], this.look);
    });
    for (const kind of ["pointermove", "pointerdown"])
      found.canvas.addEventListener(kind, (event) => this.point(found, event));
    for (const kind of ["pointerleave", "blur"]) found.canvas.addEventListener(kind, () => this.moveTo(found, null));
    found.canvas.addEventListener("keydown", (event) => this.key(found, event));
    return found;
  }

  // Where a pane can be pointed at: updates that were validated, or numbers of steps back.
  stops(pane) {
    const all = this.racers.flatMap((racer) => [...(pane.name === "profile" ? racer.lags : racer.step)]);
    return [...new Set(all)].sort((a, b) => a - b);
  }

  point(pane, event) {
    const stops = this.data ? this.stops(pane) : [];
    if (!pane.frame || !stops.length) return;
    const x = event.clientX - pane.canvas.getBoundingClientRect().left;
    this.moveTo(pane, stops[nearest(stops, pane.frame.x.from(x))]);
  }

  key(pane, event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    const stops = this.data ? this.stops(pane) : [];
    if (event.key === "Escape") this.moveTo(pane, null);
    if (by === undefined || !stops.length) return;
    event.preventDefault();
    const now = this.at(pane);
    const from = now == null ? stops.length - 1 : nearest(stops, now);
    this.moveTo(pane, stops[Math.max(0, Math.min(stops.length - 1, from + by))]);
  }

  at(pane) {
    return pane.name === "profile" ? this.place : this.cursor;
  }

  moveTo(pane, value) {
    if (pane.name === "profile") this.place = value;
    else this.cursor = value;
    this.changed();
  }

  colour(racer) {
    return this.colours[this.look.mode][racer.name] ?? this.look.colour("ink");
  }

  scene(name) {
    const curve = (racer) => ({ colour: this.colour(racer), dash: dashOf(racer), width: 2.25 });
    if (name === "profile") return profileScene(this.racers, this.data, this.as, this.place, curve, this.look);
    return trainingScene(this.racers, this.data, name, this.cursor ?? this.data.moment, curve, this.look);
  }

  values() {
    const place = this.place ?? this.data.place;
    const { moment } = this.data;
    return this.racers.map((racer) => valuesOf(racer, this.cursor ?? moment, place, this.as, moment));
  }

  changed() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = null;
    if (this.closed || !this.data) return;
    const { data } = this;
    const values = this.values();
    const place = this.place ?? data.place;
    const what = this.as === "left" ? "Gradient left" : "Gradient";
    const leftName = place == null ? what : `${what} ${wholeText(place)} back`;
    this.board.show(this.racers, values, { score: data.score, leftName }, (racer) => this.colour(racer));
    for (const way of this.ways) setAttr(way, "aria-pressed", way.dataset.as === this.as);
    setText(this.root.querySelector(".about"), data.about);
    const [loss, score] = [data.loss, data.score].map((name) => `${name}, over updates`);
    const titles = { loss, score, profile: data.profile[this.as] };
    for (const pane of this.panes) {
      setText(pane.caption, titles[pane.name]);
      setAttr(pane.canvas, "aria-label", titles[pane.name]);
      setAttr(pane.canvas, "aria-valuenow", this.at(pane) ?? 0);
      setAttr(pane.canvas, "aria-valuetext", this.spoken(pane, values));
      pane.surface.render();
    }
    setAttr(this.root, "data-race", data.race);
    setAttr(this.root, "data-ready", 1);
  }

  spoken(pane, values) {
    const field = { loss: "loss", score: "score", profile: "left" }[pane.name];
    return this.racers.map((racer, k) => `${racer.name} ${faintText(values[k][field])}`).join(", ");
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

// Streamlit calls this again, on the same element, when the theme changes.
export default function mount({ data, parentElement }) {
  const root = parentElement.querySelector(".gs");
  root.gsRace ??= new Race(root, data);
  if (root.gsRace.closed) root.gsRace.open();
  root.gsRace.themed();
  return () => root.gsRace?.close();
}
