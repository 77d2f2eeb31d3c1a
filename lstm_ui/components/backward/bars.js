// Signed bars from a line in the middle.

class Bar {
  constructor(parent, signal = "x") {
    this.track = html(parent, "span", { class: "bar-track" });
    html(this.track, "span", { class: "bar-zero" });
    this.bar = html(this.track, "span", { class: "bar" });
    this.bar.style.background = `var(--gs-${signal})`;
  }

  // From one value to another, of a scale that fills half of the track.
  show(from, to, scale) {
    const place = (value) => 50 + 50 * Math.max(-1, Math.min(1, scale > 0 ? value / scale : 0));
    const [low, high] = [place(Math.min(from, to)), place(Math.max(from, to))];
    setStyle(this.bar, "left", `${low.toFixed(2)}%`);
    setStyle(this.bar, "width", `${Math.max(from === to ? 0 : 0.6, high - low).toFixed(2)}%`);
    setAttr(this.bar, "data-sign", to === from ? "none" : to < from ? "minus" : "plus");
  }
}

// Which signal lends its colour to a quantity or a way.
function colourOf(name) {
  const fixed = { loss: "x", highway: "c", output: "h", recurrent: "h", dx: "x", dq: "n", drh: "r", da: "h" };
  if (fixed[name]) return fixed[name];
  const found = /^(?:d|da_|peephole_)?([ifogchrznx])(?:_prev)?$/.exec(name);
  return found ? found[1] : "x";
}
