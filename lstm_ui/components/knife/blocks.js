// A row a block of parameters: the true norm, the norm that is left as a bar against it, and the cosine as a bar.

class Blocks {
  constructor(root) {
    this.body = root.querySelector("tbody");
  }

  build(cuts) {
    this.body.replaceChildren();
    this.rows = cuts.blocks.map(({ name, label }, k) => {
      const row = html(this.body, "tr", { "data-block": name });
      writeHtml(html(row, "th", { scope: "row" }), label);
      const whole = html(row, "td", { class: "number", "data-value": `${name}-true` });
      setNumber(whole, cuts.trueNorms[k], fmt(cuts.trueNorms[k]));
      return { left: this.cell(row, `${name}-cut`), angle: this.cell(row, `${name}-cosine`, "signed") };
    });
  }

  cell(row, name, kind = "") {
    const cell = html(row, "td", { class: "with-bar" });
    const number = html(cell, "span", { class: "number", "data-value": name });
    const bar = html(html(cell, "span", { class: `track ${kind}` }), "span", { class: "bar" });
    return { number, bar };
  }

  update(cuts, cut) {
    this.rows.forEach(({ left, angle }, k) => {
      const [whole, norm, cosine] = [cuts.trueNorms[k], cuts.norm(cut, k), cuts.cosine(cut, k)];
      setNumber(left.number, norm, fmt(norm));
      // A cut gradient can be longer than the true one: paths that cancel are missing.
      const share = whole ? norm / whole : 0;
      setStyle(left.bar, "width", `${(100 * Math.min(1, share / 1.25)).toFixed(2)}%`);
      setAttr(left.bar, "data-over", share > 1.25 ? 1 : 0);
      setNumber(angle.number, cosine, fmt(cosine));
      const size = 50 * Math.abs(cosine || 0);
      setStyle(angle.bar, "width", `${size.toFixed(2)}%`);
      setStyle(angle.bar, "left", `${cosine < 0 ? (50 - size).toFixed(2) : 50}%`);
      setAttr(angle.bar, "data-sign", cosine < 0 ? "minus" : "plus");
    });
  }
}
