// The diagram of the way forward: every piece with the numbers of the run.

class CellDiagram extends Diagram {
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

  // Coupled: f is 1 - i; it has no weights and no sum of its own.
  coupled() {
    const { gates, card, cardWidth: w, cardHeight: h } = this.size;
    const left = gates.f - w / 2;
    const group = this.stage(node(this.parts, "g", { class: "card gate", "data-gate": "f" }), 3);
    node(group, "rect", {
      x: left,
      y: card,
      width: w,
      height: h,
      rx: 10,
      class: "card-back",
      style: "stroke:var(--gs-f)",
    });
    this.badge(group, left + 6, card, "f", "f");
    const bottom = this.face(group, {
      key: "f",
      x: left,
      y: card,
      w,
      stripHeight: h - (this.model.compared ? 123 : 108),
      kind: "unit",
    });
    node(group, "path", { d: `M${left + 8} ${bottom + 10}h${w - 16}`, class: "rule" });
    writeSvg(
      node(group, "text", { x: gates.f, y: bottom + 38, "text-anchor": "middle", class: "fn" }),
      `1 ${MINUS} ${this.label("i")}`,
    );
    node(group, "title", {}, "coupled forget gate: keeps exactly what the input gate does not write");
  }

  // How far the shutter of a gate is open.
  opening({ view, t, u }, key, invert) {
    const value = view.run.at(key, t, u);
    return invert ? Math.fround(1 - value) : value;
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
