// The small picture of the loss, with a marker for every moment that is shown; a click or a drag moves the nearest one.

class LossCurve {
  // slots(): those on the screen; onMove(slot, checkpoint)
  constructor(root, look, { slots, onMove }) {
    Object.assign(this, { look, slots, onMove });
    this.name = root.querySelector(".curve-name");
    this.keys = root.querySelector(".keys");
    this.canvas = root.querySelector(".curve");
    this.surface = new Surface(this.canvas, (ctx, width, height) => {
      this.frame = drawPlot(ctx, width, height, this.scene(), look);
    });
    this.listen();
  }

  listen() {
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.frame) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.dragged = this.nearestSlot(this.place(event));
      this.follow(event);
    });
    this.canvas.addEventListener("pointermove", (event) => this.dragged && this.follow(event));
    for (const name of ["pointerup", "pointercancel"])
      this.canvas.addEventListener(name, () => {
        this.dragged = null;
      });
  }

  place(event) {
    return event.clientX - this.canvas.getBoundingClientRect().left;
  }

  follow(event) {
    this.onMove(this.dragged, this.dragged.run.nearestTo(this.frame.x.from(this.place(event))));
  }

  nearestSlot(place) {
    const away = (slot) => Math.abs(this.frame.x.at(slot.run.marks[slot.at].step) - place);
    return this.slots().reduce((best, slot) => (away(slot) < away(best) ? slot : best));
  }

  // Two curves a run; the second run's are dashed.
  build(a, b) {
    const curvesOf = (run, k) => {
      const xs = run.marks.map((mark) => mark.step);
      const curve = (name, colour, dots) => {
        const ys = run.marks.map((mark) => mark[name] ?? NaN);
        const title = (b ? `${"AB"[k]} ` : "") + (dots ? "validation" : "train");
        return { xs, ys, title, colour: this.look.curve(colour + 4 * k), width: 1.75, dots, dash: k ? [6, 3] : [] };
      };
      return [curve("loss", 0, 0), curve("validated", 1, 2.5)].filter(({ ys }) => ys.some(Number.isFinite));
    };
    this.curves = [a, b].filter(Boolean).flatMap(curvesOf);
    this.last = Math.max(1, ...[a, b].filter(Boolean).map((run) => run.marks.at(-1).step));
    setText(this.name, `${a.lossName} at the checkpoints; click to go there`);
    this.keys.replaceChildren(...this.curves.map((curve) => this.key(curve)));
  }

  key({ title, colour, dash, dots }) {
    const key = html(null, "span", { class: "key" });
    const svg = node(key, "svg", { viewBox: "0 0 20 10", "aria-hidden": "true" });
    const line = { d: "M0 5H20", fill: "none", stroke: colour, "stroke-width": 3, "stroke-dasharray": dash.join(" ") };
    node(svg, "path", line);
    if (dots) node(svg, "circle", { cx: 10, cy: 5, r: 4, fill: colour });
    html(key, "span", {}, title);
    return key;
  }

  scene() {
    const shown = this.slots();
    const marks = shown.map((slot) => ({
      x: slot.run.marks[slot.at].step,
      name: shown.length > 1 ? slot.letter : "",
      colour: this.look.colour("accent"),
    }));
    const y = rangeOf(this.curves.map((curve) => curve.ys)) ?? [0, 1];
    return { x: [0, this.last], y, curves: this.curves, marks, top: 20 };
  }
}
