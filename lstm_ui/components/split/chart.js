// Signed stacked bars over the steps: what is above 0 goes up, what is below goes down, and the total is a line.

class SplitChart {
  constructor(canvas, look, actions) {
    Object.assign(this, { canvas, look });
    this.surface = new Surface(canvas, (ctx, width, height) => this.scene && this.paint(ctx, width, height));
    const step = (event) => this.stepAt(event.clientX - canvas.getBoundingClientRect().left);
    canvas.addEventListener("pointermove", (event) => actions.point(step(event)));
    canvas.addEventListener("pointerdown", (event) => actions.point(step(event)));
  }

  // scene: {parts, row, t, alone: is every step drawn to its own scale}
  show(scene) {
    this.scene = scene;
    this.surface.render();
  }

  stepAt(x) {
    const { frame, scene } = this;
    return frame ? Math.max(0, Math.min(scene.parts.steps - 1, Math.floor((x - frame.left) / frame.each))) : 0;
  }

  middle(t) {
    return this.frame.left + (t + 0.5) * this.frame.each;
  }

  // What a bar is divided by.
  unitAt(t) {
    const { parts, row, alone } = this.scene;
    return alone ? parts.size(row, t) || 1 : 1;
  }

  paint(ctx, width, height) {
    const { parts } = this.scene;
    this.measure(ctx, width, height);
    drawTicks(ctx, this.look, this);
    const { left, each } = this.frame;
    drawTokens(ctx, this.look, parts.tokens, this.fit, { left, top: this.fit.top, each });
    for (let t = 0; t < parts.steps; t += 1) this.drawBar(ctx, t);
    ctx.strokeStyle = this.look.colour("line");
    ctx.lineWidth = 1;
    const zero = Math.round(this.y.at(0)) + 0.5;
    stroke(ctx, this.frame.left, zero, this.frame.right, zero);
    this.drawTotal(ctx);
    this.drawPointed(ctx);
  }

  range() {
    const { parts, row } = this.scene;
    let low = 0,
      high = 0;
    for (let t = 0; t < parts.steps; t += 1) {
      let [down, up] = [0, 0];
      for (let k = 0; k < parts.count; k += 1) {
        const value = parts.part(row, k, t) / this.unitAt(t);
        if (value < 0) down += value;
        else up += value;
      }
      [low, high] = [Math.min(low, down), Math.max(high, up)];
    }
    return low === high ? [-1, 1] : [low, high];
  }

  measure(ctx, width, height) {
    const { parts, alone } = this.scene;
    const range = this.range();
    ctx.font = this.look.font(13);
    this.ticks = new Scale(...range, height, 0).ticks(5);
    const percents = () => this.ticks.map((tick) => `${Math.round(100 * tick)} %`.replace("-", MINUS));
    this.texts = alone ? percents() : tickTexts(this.ticks);
    const left = Math.max(44, ...this.texts.map((text) => ctx.measureText(text).width + 14));
    const each = (width - 8 - left) / parts.steps;
    this.fit = fitTokens(ctx, this.look, parts.tokens, each);
    this.frame = { left, right: width - 8, each, top: this.fit.top + 8, bottom: height - 8 };
    this.y = new Scale(...range, this.frame.bottom, this.frame.top);
  }

  drawBar(ctx, t) {
    const { parts, row } = this.scene;
    const { each } = this.frame;
    const gap = each > 5 ? Math.min(8, each * 0.2) : 0;
    const [x, wide] = [this.middle(t) - each / 2 + gap / 2, Math.max(1, each - gap)];
    const ends = [0, 0]; // how far it has come down, and up
    parts.parts.forEach((part, k) => {
      const value = parts.part(row, k, t) / this.unitAt(t);
      const side = value < 0 ? 0 : 1;
      const [from, to] = [this.y.at(ends[side]), this.y.at(ends[side] + value)];
      ends[side] += value;
      if (Math.abs(to - from) > 0.2)
        fillPart(ctx, this.look, part, [x, Math.min(from, to), wide, Math.abs(to - from)], this.surface.ratio);
    });
  }

  // A short line over each bar, joined where bars are narrow.
  drawTotal(ctx) {
    const { parts, row } = this.scene;
    const { each } = this.frame;
    for (const [colour, width] of [["surface", 6], ["ink", 2.5]]) {
      ctx.strokeStyle = this.look.colour(colour);
      ctx.lineWidth = width;
      ctx.lineJoin = "round";
      ctx.beginPath();
      for (let t = 0; t < parts.steps; t += 1) {
        const at = this.y.at(parts.total(row, t) / this.unitAt(t));
        ctx[t ? "lineTo" : "moveTo"](this.middle(t) - each / 2, at);
        ctx.lineTo(this.middle(t) + each / 2, at);
      }
      ctx.stroke();
    } // prettier-ignore
  }

  drawPointed(ctx) {
    const { each, top, bottom } = this.frame;
    const { t } = this.scene;
    ctx.strokeStyle = this.look.colour("accent");
    ctx.lineWidth = 2;
    if (each >= 6) ctx.strokeRect(this.middle(t) - each / 2, top - 4, each, bottom - top + 8);
    else stroke(ctx, this.middle(t), top - 4, this.middle(t), bottom + 4);
  }
}
