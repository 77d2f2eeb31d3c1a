// Signed bars that add up: each part starts where the one before it ended, the last row is the sum.

class SumBlock {
  // block: { result, parts: [[key, label], ...], verdict: the signal it decides, sources: key -> words }
  constructor(parent, head, block, model) {
    this.block = block;
    this.model = model;
    const box = html(parent, "div", { class: "sum", "data-sum": block.result });
    if (block.verdict) this.verdict = html(head, "span", { class: "verdict" });
    this.rows = block.parts.map(([key, label]) => this.row(box, key, label, false));
    this.total = this.row(box, block.result, block.total, true);
    this.range = html(this.total.track, "span", { class: "bar-range" });
  }

  row(box, key, label, total) {
    const line = html(box, "div", { class: total ? "bar-row total" : "bar-row", "data-part": key });
    writeHtml(html(line, "span", { class: "bar-label" }), label);
    const track = html(line, "span", { class: "bar-track" });
    html(track, "span", { class: "bar-zero" });
    const bar = html(track, "span", { class: "bar", style: `background:var(--gs-${this.colour(key)})` });
    const number = html(line, "span", { class: "bar-number value", "data-value": key });
    return { line, track, bar, number, key };
  }

  // In a sum the parts are told apart by where they come from.
  colour(key) {
    const source = key.split(".")[0];
    if (key === this.block.result) return signalOf(key);
    return { x: "x", h: "h", p: "c", b: "line", rq: "r", q: "h" }[key.includes(".") ? source : ""] ?? signalOf(key);
  }

  // The scale moves in powers of two only, so that bars do not breathe at every step; it is written below them.
  fit(run, t, u) {
    let sum = 0,
      peak = 1 / 8;
    for (const { key } of this.rows) {
      sum += run.at(key, t, u);
      peak = Math.max(peak, Math.abs(sum));
    }
    return 2 ** Math.ceil(Math.log2(peak) - 1e-9);
  }

  place(row, from, to, peak) {
    const low = 50 + (50 * Math.min(from, to)) / peak,
      high = 50 + (50 * Math.max(from, to)) / peak;
    setStyle(row.bar, "left", `${Math.max(0, low).toFixed(2)}%`);
    setStyle(row.bar, "width", `${Math.max(0.6, Math.min(100, high) - Math.max(0, low)).toFixed(2)}%`);
    setAttr(row.bar, "data-sign", to < from ? "minus" : "plus");
  }

  update({ view, t, u }) {
    const { run } = view;
    this.scale = this.fit(run, t, u);
    setText(this.range, `\u00b1${this.scale}`);
    let sum = 0,
      largest = this.rows[0];
    for (const row of this.rows) {
      const value = run.at(row.key, t, u);
      setNumber(row.number, value, fmt(value));
      this.place(row, sum, sum + value, this.scale);
      sum += value;
      if (Math.abs(value) > Math.abs(run.at(largest.key, t, u))) largest = row;
    }
    const total = run.at(this.total.key, t, u);
    setNumber(this.total.number, total, fmt(total));
    this.place(this.total, 0, total, this.scale);
    for (const row of this.rows) setAttr(row.line, "data-largest", row === largest ? "1" : "0");
    if (this.verdict) setText(this.verdict, this.sentence(view, t, u, largest));
  }

  sentence({ run, mode }, t, u, largest) {
    const key = this.block.verdict;
    if (mode !== "free" && this.model.isHeld(key, t, u)) return `held at ${fmt(run.at(key, t, u))}, whatever the sum`;
    const source = this.block.sources?.[largest.key] ?? "";
    const value = run.at(key, t, u);
    if (run.at(largest.key, t, u) === 0) return "nothing pushes";
    if (GATES_01.has(key)) return `${percent(value)} open, mainly ${source}`;
    return `gives ${fmt(value)}, mainly ${source}`;
  }
}

// The curve that turns the sum into the signal, with a dot for every signal of this step.
const CURVES = {
  sigma: { f: (a) => 1 / (1 + Math.exp(-a)), low: 0, high: 1, name: "\u03c3" },
  tanh: { f: Math.tanh, low: -1, high: 1, name: "tanh" },
  relu: { f: (a) => Math.max(0, a), low: 0, high: 4, name: "relu" },
};

class CurveBlock {
  constructor(parent, block, model) {
    this.curve = CURVES[block.fn];
    Object.assign(this, { W: 300, H: 104, reach: 5, left: 34, right: 292, topY: 12, bottomY: 84 });
    const svg = node(parent, "svg", { class: "curve", viewBox: `0 0 ${this.W} ${this.H}`, "aria-hidden": "true" });
    const zero = this.y(0);
    node(svg, "path", {
      d: `M${this.left} ${zero}H${this.right}M${this.x(0)} ${this.topY - 6}V${this.bottomY + 4}`,
      class: "axis",
    });
    let d = "";
    for (let k = 0; k <= 80; k += 1) {
      const a = -this.reach + (k / 80) * 2 * this.reach;
      d += `${k ? "L" : "M"}${this.x(a).toFixed(1)} ${this.y(this.curve.f(a)).toFixed(1)}`;
    }
    node(svg, "path", { d, class: "curve-line" });
    for (const level of [this.curve.low, this.curve.high]) {
      node(
        svg,
        "text",
        { x: this.left - 6, y: this.y(level) + 5, "text-anchor": "end", class: "axis-text" },
        fmt(level).replace(".000", ""),
      );
    }
    for (const a of [-4, 4])
      node(
        svg,
        "text",
        { x: this.x(a), y: this.H - 2, "text-anchor": "middle", class: "axis-text" },
        fmt(a).replace(".000", ""),
      );
    this.points = block.points.map((key) => this.point(svg, key, model));
  }

  x(a) {
    return (
      this.left +
      ((Math.max(-this.reach, Math.min(this.reach, a)) + this.reach) / (2 * this.reach)) * (this.right - this.left)
    );
  }

  y(v) {
    const { low, high } = this.curve;
    return this.bottomY - ((Math.max(low, Math.min(high, v)) - low) / (high - low)) * (this.bottomY - this.topY);
  }

  point(svg, key, model) {
    const group = node(svg, "g", { class: "curve-point", "data-point": key });
    const line = node(group, "path", { style: `stroke:var(--gs-${key})` });
    node(group, "circle", { r: 11, style: `fill:var(--gs-${key}-ink)` });
    writeSvg(
      node(group, "text", { y: 5, "text-anchor": "middle" }),
      (model.notation.labels[key] ?? key).replace(/_\{t\}$/, ""),
    );
    return { key, group, line };
  }

  update({ view, t, u }) {
    for (const { key, group, line } of this.points) {
      const a = view.run.at(`a.${key}`, t, u);
      const x = this.x(a),
        y = this.y(view.run.at(key, t, u));
      setAttr(group, "transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
      setAttr(line, "d", `M0 0V${(this.bottomY - y).toFixed(2)}`);
    }
  }
}
