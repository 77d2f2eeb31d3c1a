// The parts at the step that is pointed at: legend and numbers in one, and whether they add up.

class PartTable {
  constructor(root, look) {
    Object.assign(this, { look, body: root.querySelector(".parts tbody") });
    this.find = (name) => root.querySelector(`.parts ${name}`);
    this.swatches = [];
  }

  build(parts) {
    this.close();
    this.body.replaceChildren();
    this.cells = parts.parts.map((part) => {
      const row = html(this.body, "tr", { "data-part": part.name });
      const name = html(html(row, "th", { scope: "row" }), "div", { class: "part-name" });
      this.swatches.push(new Swatch(name, this.look, part));
      html(name, "span", {}, part.label);
      return ["value", "share"].map((what) =>
        html(row, "td", { class: "number", "data-value": what === "value" ? part.name : `${part.name}-share` }),
      );
    });
  }

  update(parts, row, t) {
    const total = parts.total(row, t);
    this.cells.forEach(([value, share], k) => {
      const part = parts.part(row, k, t);
      setNumber(value, part, fmt(part));
      setNumber(share, total ? part / total : NaN, total ? percentText(part / total) : "\u2013");
    });
    const sum = parts.sum(row, t);
    for (const [name, number] of Object.entries({ sum, total, difference: total - sum }))
      setNumber(this.find(`[data-value="${name}"]`), number, fmt(number));
    setText(this.find(".total-name"), `total ${parts.totalName(row)}`);
    const equal = parts.addUp(row, t);
    setText(this.find(".verdict"), equal ? "\u2713 they add up" : "they differ by more than rounding");
    setAttr(this.find(".verdict"), "data-equal", equal);
  }

  redraw() {
    for (const { surface } of this.swatches) surface.changed();
  }

  open() {
    for (const { surface } of this.swatches) surface.open();
  }

  close() {
    for (const { surface } of this.swatches) surface.close();
  }
}

function percentText(share) {
  const size = Math.abs(100 * share);
  if (!size) return "0 %";
  if (size < 0.01) return `${share < 0 ? MINUS : ""}<0.01 %`;
  if (size >= 10000) return `${fmt(share)} \u00d7`;
  return `${(100 * share).toFixed(size < 10 ? 2 : 0)} %`.replace("-", MINUS);
}
