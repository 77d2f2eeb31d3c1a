// Curves over the tokens: the probability of each class after every token.

class TokenCurves {
  constructor(root, look, actions) {
    Object.assign(this, { look, actions });
    this.pane = root.querySelector(".pane");
    this.keys = root.querySelector(".keys");
    this.name = root.querySelector(".curves-name");
    const canvas = root.querySelector(".curves");
    this.surface = new Surface(canvas, (ctx, width, height) => {
      if (this.data?.curves.length) this.frame = drawPlot(ctx, width, height, this.scene(), look);
    });
    const index = (event) => {
      const place = event.clientX - canvas.getBoundingClientRect().left;
      const t = this.frame ? Math.round(this.frame.x.from(place)) - 1 : NaN;
      return Math.max(0, Math.min(this.data.tokens.length - 1, t));
    };
    canvas.addEventListener("pointermove", (event) => actions.point(index(event)));
    canvas.addEventListener("pointerleave", () => actions.point(NaN));
    canvas.addEventListener("click", (event) => actions.pick(index(event)));
  }

  build(data) {
    this.data = data;
    this.pane.hidden = !data.curves.length;
    setText(this.name, `${data.curvesName} after every token`);
    this.keys.replaceChildren();
    this.values = data.curves.map(([label], k) => {
      const key = html(this.keys, "span", { class: "key" });
      const svg = node(key, "svg", { viewBox: "0 0 20 10", "aria-hidden": "true" });
      const line = node(svg, "path", {
        d: "M0 5H20",
        fill: "none",
        "stroke-width": 3,
        "stroke-dasharray": dashOf(k).join(" "),
      });
      line.style.stroke = this.look.curve(k);
      html(key, "span", {}, label);
      return html(key, "span", { class: "number", "data-curve": label });
    });
  }

  scene() {
    const { data, look } = this;
    const xs = data.tokens.map((_, t) => t + 1);
    const curves = data.curves.map(([, ys], k) => ({ xs, ys, colour: look.curve(k), width: 2.25, dash: dashOf(k) }));
    const chosen = this.chosen == null ? [] : [{ x: this.chosen + 1, colour: look.colour("accent") }];
    return {
      x: [1, Math.max(2, xs.length)],
      y: [0, 1.02],
      curves,
      cursor: this.current == null ? null : this.current + 1,
      marks: chosen,
    };
  }

  show(current, chosen) {
    if (!this.data.curves.length) return;
    Object.assign(this, { current, chosen });
    const t = current ?? chosen ?? this.data.tokens.length - 1;
    this.data.curves.forEach(([, row], k) => setNumber(this.values[k], row[t] ?? NaN, fmt(row[t] ?? NaN)));
    this.surface.changed();
  }
}

// Told apart by dashes too.
function dashOf(k) {
  return [[], [7, 4], [2, 3], [9, 3, 2, 3]][k % 4];
}
