// The pieces every cell diagram is built of. Each piece knows from which sub-step on it is known, and how to update.

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

  // A wire along d; `head` [x, y, direction] ends it in an arrow. Of kind "over" it has a halo, so that it passes over others.
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

  // The chosen unit's number beside a wire.
  tag(x, y, { key, since, anchor = "start", label }) {
    const group = this.stage(node(this.parts, "g", { class: "tag" }), since);
    if (label)
      writeSvg(node(group, "text", { x, y: y - 18, "text-anchor": anchor, class: "tag-label" }), this.label(label));
    const text = node(group, "text", { x, y, "text-anchor": anchor, class: "num small", "data-value": key });
    text.style.fill = `var(--gs-${signalOf(key)}-ink)`;
    this.updates.push(({ view, t, u }) => {
      const value = view.at(key, t, u);
      setNumber(text, value, view.mode === "diff" ? fmtSigned(value) : fmt(value));
    });
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

  // Number, second number (other run) and strip of one signal: the upper part of gates, the whole of ports.
  face(group, { key, x, y, w, stripHeight, kind }) {
    const { hidden, reverse, compared } = this.model;
    const signal = signalOf(key);
    const text = node(group, "text", {
      x: x + w / 2,
      y: y + 32,
      "text-anchor": "middle",
      class: "num",
      "data-value": key,
    });
    text.style.fill = `var(--gs-${signal}-ink)`;
    const second = compared
      ? node(group, "text", { x: x + w / 2, y: y + 49, "text-anchor": "middle", class: "second", "data-other": key })
      : null;
    const top = y + (compared ? 61 : 46);
    const frame = { key, x: x + 7, y: top, w: w - 14, h: stripHeight, count: hidden, signal, kind };
    const strip = new Strip(group, frame);
    const lock = this.lock(group, x + w - 17, y + 1);
    const base = key.replace("_prev", "");
    // What was held at the step before shows on the previous state too; the initial state is never held.
    const shift = key.endsWith("_prev") ? (reverse ? 1 : -1) : 0;
    this.updates.push(({ view, model, t, u }) => {
      const value = view.at(key, t, u);
      const shown = view.mode === "diff" ? fmtSigned(value) : fmt(value);
      setNumber(text, value, shown);
      setAttr(text, "data-long", Math.max(0, shown.length - 6));
      if (second) {
        const other = view.other.at(key, t, u);
        const words = view.mode === "diff" ? "free" : view.mode === "free" ? "held" : "free";
        const text = this.size.name === "wide" ? `${words} ${fmt(other)}` : `(${fmt(other)})`;
        setNumber(second, other, text);
        setAttr(second, "data-long", text.length > 11 ? 1 : 0);
      }
      const step = t + shift;
      const inside = step >= 0 && step < model.steps && view.mode !== "free";
      const mask = inside && model.masks.has(base) ? (k) => model.isHeld(base, step, k) : null;
      setAttr(lock, "visibility", mask && mask(u) ? "visible" : "hidden");
      const difference = view.mode === "diff";
      const ghost = view.other && !difference ? view.other.row(key, t) : null;
      strip.update(view.row(key, t), ghost, model.scale(key), u, difference || kind === "signed", mask);
    });
    return top + stripHeight;
  }

  // A port: where a signal enters or leaves the cell.
  port(x, y, { key, symbol, since, kind = "signed", w, caption }) {
    const { size } = this;
    const group = this.stage(node(this.parts, "g", { class: "card port" }), since);
    const height = size.portHeight + (this.model.compared ? 15 : 0);
    const signal = signalOf(key);
    node(group, "rect", { x, y, width: w, height, rx: 10, class: "card-back", style: `stroke:var(--gs-${signal})` });
    this.badge(group, x + 6, y, signal, symbol);
    this.face(group, { key, x, y, w, stripHeight: size.portHeight - 56, kind });
    node(group, "title", {}, caption);
  }

  // A gate or candidate: sigma (or tanh) of a pre-activation. sums: sub-step of `a`; since: of the activation.
  gate(x, y, { key, fn, sums, since, kind = "unit", caption }) {
    const { size } = this;
    const w = size.cardWidth,
      left = x - w / 2;
    const group = node(this.parts, "g", { class: "card gate", "data-gate": key });
    const back = node(group, "rect", {
      x: left,
      y,
      width: w,
      height: size.cardHeight,
      rx: 10,
      class: "card-back",
      style: `stroke:var(--gs-${key})`,
    });
    this.stage(back, since);
    const upper = this.stage(node(group, "g"), since);
    const lower = this.stage(node(group, "g"), sums);
    this.badge(upper, left + 6, y, key, key);
    const strip = size.cardHeight - (this.model.compared ? 123 : 108);
    const bottom = this.face(upper, { key, x: left, y, w, stripHeight: strip, kind });
    node(lower, "path", { d: `M${left + 8} ${bottom + 10}h${w - 16}`, class: "rule" });
    node(lower, "text", { x, y: bottom + 30, "text-anchor": "middle", class: "fn" }, fn);
    const a = node(lower, "text", {
      x,
      y: bottom + 51,
      "text-anchor": "middle",
      class: "num small",
      "data-value": `a.${key}`,
    });
    this.updates.push(({ view, t, u }) => {
      const value = view.at(`a.${key}`, t, u);
      setNumber(a, value, view.mode === "diff" ? fmtSigned(value) : fmt(value));
    });
    node(group, "title", {}, caption);
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
    this.updates.push(({ view, t, u }) => {
      const value = invert ? Math.fround(1 - view.run.at(key, t, u)) : view.run.at(key, t, u);
      const open = Math.max(0, Math.min(1, value));
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

  // The input vector: the token itself and its features as a strip (they are not units: nothing to follow).
  input(x, y, { w, h, since }) {
    const group = this.stage(node(this.parts, "g", { class: "card port" }), since);
    node(group, "rect", { x, y, width: w, height: h, rx: 10, class: "card-back", style: "stroke:var(--gs-x)" });
    this.badge(group, x + 6, y, "x", "x");
    const part = Math.min(84, w * 0.45);
    const token = node(group, "text", {
      x: x + part / 2 + 4,
      y: y + h / 2 + 15,
      "text-anchor": "middle",
      class: "token-big",
    });
    const frame = {
      key: "x",
      x: x + part + 8,
      y: y + 12,
      w: w - part - 18,
      h: h - 24,
      count: this.model.features,
      signal: "x",
      kind: "signed",
    };
    const strip = new Strip(group, { ...frame, clickable: false });
    this.updates.push(({ view, model, t, u }) => {
      const shown = model.tokens[t].shown;
      setText(token, shown.length > 7 ? `${shown.slice(0, 6)}\u2026` : shown);
      setAttr(token, "data-long", Math.min(5, Math.max(0, shown.length - 2)));
      strip.update(view.run.row("x", t), null, model.scale("x"), u);
    });
  }
}
