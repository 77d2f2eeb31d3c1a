// The pieces every cell diagram is built of. Each piece knows from which sub-step on it is lit, and how to update.

class Diagram {
  // `model` decides the drawing; updates read the model of their own moment, which may hold other numbers.
  constructor(model, size) {
    this.model = model;
    this.size = size;
    this.svg = node(null, "svg", {
      class: `diagram ${size.name}`,
      viewBox: `0 0 ${size.W} ${size.H + (model.compared ? 15 : 0)}`,
      "aria-hidden": "true",
    });
    this.updates = [];
    this.stages = [];
    const tint = { x: size.body[0], y: size.body[1], width: size.body[2], height: size.body[3], rx: 18, class: "body" };
    node(this.svg, "rect", tint);
    this.wires = node(this.svg, "g");
    this.parts = node(this.svg, "g");
  }

  // Lit, past or not yet known: decided by the sub-step in which the piece is computed.
  stage(element, since) {
    this.stages.push([element, since]);
    return element;
  }

  setSub(sub) {
    for (const [element, since] of this.stages) {
      setAttr(element, "data-stage", since === sub ? "now" : since < sub ? "past" : "later");
    }
  }

  update(context) {
    for (const update of this.updates) update(context);
  }

  label(symbol) {
    return this.model.notation.labels[symbol] ?? symbol;
  }

  // A wire along d; `head` [x, y, direction] ends it in an arrow. Of kind "over" it has a halo, so that it passes over
  // others. Its `way` is a name by which the way back knows it.
  wire(d, { signal, since, head, kind = "" }) {
    const group = this.stage(node(this.wires, "g", { class: `wire ${kind}` }), since);
    if (kind.includes("over")) node(group, "path", { d, class: "halo" });
    node(group, "path", { d, class: "line", style: `stroke:var(--gs-${signal})` });
    if (head) arrowHead(group, ...head, signal);
    return group;
  }

  dot(x, y, signal, since) {
    return this.stage(
      node(this.wires, "circle", { cx: x, cy: y, r: 4.5, style: `fill:var(--gs-${signal})`, class: "dot" }),
      since,
    );
  }

  badge(parent, x, y, signal, symbol) {
    const label = this.label(symbol);
    const length = splitMarkup(label).reduce(
      (sum, [text, kind]) => sum + text.length * (kind === "plain" || kind === "upright" ? 1 : 0.6),
      0,
    );
    const width = Math.max(28, 16 + 9.5 * length);
    const group = node(parent, "g", { class: "badge" });
    node(group, "rect", { x: x - 8, y: y - 14, width, height: 28, rx: 14, style: `fill:var(--gs-${signal}-ink)` });
    writeSvg(node(group, "text", { x: x - 8 + width / 2, y: y + 6, "text-anchor": "middle" }), label);
    return width;
  }

  lock(parent, x, y) {
    const group = node(parent, "g", { class: "lock", transform: `translate(${x} ${y})`, visibility: "hidden" });
    node(group, "circle", { cx: 0, cy: 0, r: 12 });
    node(group, "path", { d: "M-5.5 -1h11v7.5h-11z M-3.5 -1v-2.5a3.5 3.5 0 0 1 7 0v2.5", class: "lock-shape" });
    node(group, "title", {}, "held at a fixed value");
    return group;
  }

  // Where a gate was removed: an empty frame that says what stands there instead.
  missing(x, y, { key, text, caption }) {
    const { size } = this;
    const group = node(this.parts, "g", { class: "card missing", "data-gate": key });
    node(group, "rect", {
      x: x - size.cardWidth / 2,
      y,
      width: size.cardWidth,
      height: size.cardHeight,
      rx: 10,
      class: "card-none",
    });
    writeSvg(
      node(group, "text", { x, y: y + size.cardHeight / 2 - 6, "text-anchor": "middle", class: "none-big" }),
      `${this.label(key)} = 1`,
    );
    node(group, "text", { x, y: y + size.cardHeight / 2 + 18, "text-anchor": "middle", class: "none-small" }, text);
    node(group, "title", {}, caption);
  }

  // A product: a shutter on the wire. Its opening is the chosen unit's gate value; removed gates leave it open.
  valve(x, y, { key, flow, since, upright = false, removed = false, invert = false }) {
    const r = this.size.valve,
      id = `gs-clip-${key}-${x}-${y}`;
    const group = this.stage(
      node(this.parts, "g", { class: `valve${removed ? " removed" : ""}`, "data-valve": key }),
      since,
    );
    const clip = node(node(group, "clipPath", { id }), "circle", { cx: x, cy: y, r: r - 1 });
    clip.setAttribute("class", "clip");
    node(group, "circle", { cx: x, cy: y, r, class: "valve-back", style: `fill:var(--gs-${flow})` });
    const plates = node(group, "g", { "clip-path": `url(#${id})` });
    const one = node(plates, "rect", { class: "plate" }),
      two = node(plates, "rect", { class: "plate" });
    node(group, "circle", { cx: x, cy: y, r, class: "valve-ring", style: `stroke:var(--gs-${removed ? flow : key})` });
    node(group, "text", { x, y: y + 7, "text-anchor": "middle", class: "op" }, removed ? "1" : "\u00d7");
    if (removed) return;
    this.updates.push((context) => {
      const open = Math.max(0, Math.min(1, this.opening(context, key, invert)));
      setAttr(group, "data-open", open.toFixed(3));
      const slit = r * open;
      for (const [plate, low, high] of [
        [one, -r, -slit],
        [two, slit, r],
      ]) {
        setAttr(plate, upright ? "x" : "y", ((upright ? x : y) + low).toFixed(2));
        setAttr(plate, upright ? "width" : "height", Math.max(0, high - low).toFixed(2));
        setAttr(plate, upright ? "y" : "x", ((upright ? y : x) - r).toFixed(2));
        setAttr(plate, upright ? "height" : "width", (2 * r).toFixed(2));
      }
    });
  }

  operator(x, y, { text, since, signal, wide = false }) {
    const group = this.stage(node(this.parts, "g", { class: "operator" }), since);
    const r = this.size.valve - 2,
      width = wide ? 2.5 * r : 2 * r;
    const style = `stroke:var(--gs-${signal})`;
    node(group, "rect", {
      x: x - width / 2,
      y: y - r + (wide ? 3 : 0),
      width,
      height: 2 * r - (wide ? 6 : 0),
      rx: r,
      class: "op-back",
      style,
    });
    node(
      group,
      "text",
      { x, y: y + (wide ? 5.5 : 7.5), "text-anchor": "middle", class: wide ? "op word" : "op" },
      text,
    );
  }
}
