// The tokens under their bars, and "initial" where the reading began.

const INITIAL = "initial";

class BarNames {
  constructor(look) {
    this.look = look;
  }

  // Pixels that the names need below the bars.
  fit(ctx, book, window, each) {
    Object.assign(this, { book, window, each });
    const [first, last] = book.tokensOf(window);
    this.tokens = book.tokens.slice(first, last + 1);
    this.first = first;
    this.kind = fitTokens(ctx, this.look, this.tokens, each);
    ctx.font = this.look.font(LABELS);
    this.wide = ctx.measureText(INITIAL).width;
    const hasInitial = window[0] <= book.initialPlace && book.initialPlace <= window[1];
    this.initial = !hasInitial || each < LABELS + 2 ? "none" : this.wide + 4 <= each ? "flat" : "upright";
    return Math.max(this.kind.top, this.initial === "upright" ? this.wide + 10 : 0);
  }

  draw(ctx, { left, bottom }) {
    const { book, each, kind, tokens } = this;
    ctx.save();
    ctx.translate(left + (book.placeOf(this.first) - this.window[0]) * each, bottom + 4);
    if (kind.kind === "upright") tokens.forEach((token, k) => this.upright(ctx, token.shown, (k + 0.5) * each));
    else drawTokens(ctx, this.look, tokens, kind, { left: 0, top: kind.top, each }, this.first);
    ctx.restore();
    if (this.initial === "none") return;
    ctx.save();
    ctx.translate(left + (book.initialPlace - this.window[0] + 0.5) * each, bottom + 4);
    ctx.font = this.look.font(LABELS);
    ctx.fillStyle = this.look.colour("muted");
    if (this.initial === "upright") this.upright(ctx, INITIAL, 0, "muted");
    else {
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillText(INITIAL, 0, (LABELS + 10) / 2);
    }
    ctx.restore();
  }

  // Words hang down from their bars.
  upright(ctx, text, x, colour = "ink") {
    ctx.save();
    ctx.font = this.look.font(LABELS);
    ctx.fillStyle = this.look.colour(colour);
    ctx.translate(x, 3);
    ctx.rotate(-Math.PI / 2);
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    ctx.fillText(fitText(ctx, text, 90), 0, 0);
    ctx.restore();
  }
}
