// The tokens above the panels, with the marks under them, and the lines that go down through all panels.

const MARKS = 9; // pixels under the tokens

class Ruler {
  constructor(root, look) {
    this.look = look;
    this.box = root.querySelector(".ruler");
    this.canvas = root.querySelector(".ruler canvas");
    this.bands = [new Bands(this.box), new Bands(root.querySelector(".through"))];
    this.surface = new Surface(this.canvas, (ctx, width) => this.paint(ctx, width));
  }

  // tokens: those on the screen. The height follows from how they fit.
  show(model, show, view) {
    const tokens = model.read(show).slice(view.first, view.first + view.count);
    Object.assign(this, { model, view, tokens });
    this.fit = fitTokens(this.surface.context, this.look, tokens, view.each);
    setAttr(this.canvas, "data-fit", this.fit.kind);
    setStyle(this.canvas, "height", `${Math.ceil(this.fit.top) + MARKS}px`);
    this.surface.render();
  }

  paint(ctx) {
    if (!this.view) return;
    const { view, model, look } = this;
    const frame = { left: view.left, each: view.each, top: this.fit.top };
    drawTokens(ctx, look, this.tokens, this.fit, frame, view.first);
    const column = (t) => view.left + clamp(t - view.first, 0, view.count) * view.each;
    ctx.fillStyle = look.colour("hairline");
    ctx.fillRect(view.left, frame.top + 4, view.each * view.count, 1);
    ctx.fillStyle = look.curve(1);
    for (const [start, stop] of model.marks)
      if (column(stop) > column(start))
        ctx.fillRect(column(start) + 0.5, frame.top + 2, column(stop) - column(start) - 1, 5);
    if (!model.otherTokens) return;
    // Where the texts differ.
    ctx.fillStyle = look.colour("accent");
    for (let t = view.first; t < view.first + view.count; t += 1)
      if (model.otherTokens[t].shown !== model.tokens[t].shown)
        ctx.fillRect(column(t), frame.top - 2, Math.max(2, view.each - 1), 3);
  }

  point(place) {
    for (const bands of this.bands) bands.place(this.view, place);
  }
}

// The step under the pointer, the chosen one and the span, as boxes from top to bottom.
class Bands {
  constructor(parent) {
    for (const name of ["span", "chosen", "hover"])
      this[name] = html(parent, "div", { class: `band band-${name}`, hidden: "" });
  }

  place(view, { hover, step, span }) {
    this.put(this.hover, view, hover == null ? null : [hover, hover + 1]);
    this.put(this.chosen, view, step == null ? null : [step, step + 1]);
    this.put(this.span, view, span);
  }

  put(band, { left, each, first, count }, range) {
    const [start, stop] = (range ?? [0, 0]).map((t) => clamp(t - first, 0, count));
    band.hidden = stop <= start;
    if (band.hidden) return;
    setStyle(band, "transform", `translateX(${left + start * each}px)`);
    setStyle(band, "width", `${Math.max(1, (stop - start) * each)}px`);
  }
}
