// The tokens, and under them the size of the gradient at every step, on a logarithmic axis.

const HIGH = 104; // pixels of the curve
const EDGE = 10;
const LINES = ["", "7 4", "2 4"]; // told apart by their dashes

class BackTrack extends Track {
  buildSays() {
    this.saysRow.hidden = true;
  }

  buildRows() {
    const { model } = this;
    this.svg.replaceChildren();
    this.labels.replaceChildren();
    const names = ["dc", "dh", "dx"].filter((name) => model.has(name));
    const sizes = names.map((name) => model.sizes(name));
    const range = rangeOf(sizes, true) ?? [0.1, 1];
    this.y = new Scale(...range, HIGH - EDGE, EDGE, true);
    this.drawTicks();
    this.curves = names.map((name, k) => this.curve(name, sizes[k], k));
    setAttr(this.svg, "width", this.width);
    setAttr(this.svg, "height", HIGH);
    this.labels.style.height = `${HIGH}px`;
  }

  show(model) {
    super.show(model);
    const way = model.reverse ? "from left to right \u2192" : "from right to left \u2190";
    setText(this.note, `The gradient goes ${way}, against the order of reading.`);
  }

  drawTicks() {
    for (const tick of this.y.ticks(4)) {
      const at = this.y.at(tick);
      node(this.svg, "path", { d: `M0 ${at.toFixed(1)}H${this.width}`, class: "curve-tick" });
      html(this.labels, "span", { style: `top:${(at - 10).toFixed(1)}px` }, powerText(tick));
    }
  }

  // Where it is 0 there is no place for it: a gap.
  curve(name, sizes, k) {
    let d = "",
      open = false;
    sizes.forEach((size, t) => {
      if (size > 0) d += `${open ? "L" : "M"}${this.middle(t)} ${this.y.at(size).toFixed(2)}`;
      open = size > 0;
    });
    const style = `stroke:var(--gs-${colourOf(name)});stroke-dasharray:${LINES[k] || "none"}`;
    node(this.svg, "path", { d, class: "size-curve", "data-curve": name, style });
    const dot = node(this.svg, "circle", { r: 5, style: `fill:var(--gs-${colourOf(name)})` });
    return { name, sizes, dot };
  }

  middle(t) {
    return (t + 0.5) * this.cell;
  }

  mark(t) {
    for (const { sizes, dot } of this.curves) {
      setAttr(dot, "visibility", sizes[t] > 0 ? "visible" : "hidden");
      if (sizes[t] > 0) setAttr(dot, "transform", `translate(${this.middle(t)} ${this.y.at(sizes[t]).toFixed(2)})`);
    }
  }
}

// What the curves are, with their numbers at the current step.
class CurveLegend {
  constructor(root) {
    this.box = root.querySelector(".sizes");
  }

  build(curves, walk) {
    this.box.replaceChildren();
    this.numbers = curves.map(({ name, sizes }, k) => {
      const item = html(this.box, "span", { class: "size" });
      const svg = node(item, "svg", { class: "size-line", viewBox: "0 0 30 10", "aria-hidden": "true" });
      const style = `stroke:var(--gs-${colourOf(name)});stroke-dasharray:${LINES[k] || "none"}`;
      node(svg, "path", { d: "M0 5H30", class: "size-curve", style });
      const symbol = walk.symbol(name);
      writeHtml(html(item, "span"), symbol.startsWith("|") ? `${symbol}, all units ` : `|${symbol}| of the unit `);
      return { sizes, number: html(item, "span", { class: "value", "data-value": `size.${name}` }) };
    });
  }

  update(t) {
    for (const { sizes, number } of this.numbers) setNumber(number, sizes[t], fmt(sizes[t]));
  }
}
