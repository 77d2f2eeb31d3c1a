// What the colours mean: a bar with its two ends, beside the name of a panel. beyond: as `beyondEnds` has it.

class Legend {
  constructor(parent, look) {
    this.look = look;
    this.root = html(parent, "span", { class: "legend" });
    this.low = html(this.root, "span", { class: "number" });
    this.bar = html(this.root, "span", { class: "legend-bar coloured", "aria-hidden": "true" });
    this.high = html(this.root, "span", { class: "number" });
  }

  show({ low, high, kind, table }, beyond) {
    const stops = Array.from({ length: 17 }, (_, k) => this.look.table(table).css[Math.round((255 * k) / 16)]);
    setStyle(this.bar, "background", `linear-gradient(to right, ${stops.join(", ")})`);
    const texts = endTexts(fmtShort(low), (kind === "signed" ? "+" : "") + fmtShort(high), beyond);
    [this.low, this.high].forEach((end, k) => setText(end, texts[k]));
  }
}
