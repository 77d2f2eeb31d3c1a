// The tokens with the knife: what lies beyond it is crossed out.

class Strip {
  constructor(canvas, look, actions) {
    Object.assign(this, { canvas, look });
    this.surface = new Surface(canvas, (ctx, width, height) => this.scene && this.paint(ctx, width, height));
    let dragging = false;
    const cut = (event) => actions.cut(this.cutAt(event.clientX - canvas.getBoundingClientRect().left));
    canvas.addEventListener("pointerdown", (event) => {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      cut(event);
    });
    canvas.addEventListener("pointermove", (event) => dragging && cut(event));
    for (const name of ["pointerup", "pointercancel"])
      canvas.addEventListener(name, () => {
        dragging = false;
      });
  }

  // scene: {cuts, cut}
  show(scene) {
    this.scene = scene;
    this.surface.render();
  }

  // The knife lies behind the last token that is kept; past the text, nothing is cut off.
  cutAt(x) {
    const { cuts } = this.scene;
    const { left, each } = this.frame;
    const edge = Math.round((x - left) / each); // between tokens edge - 1 and edge
    const lag = cuts.reverse ? edge - 1 - cuts.step : cuts.step - edge;
    const beyond = cuts.reverse ? x > left + cuts.steps * each + 5 : x < left - 5;
    return beyond ? cuts.cuts - 1 : Math.max(0, Math.min(lag, cuts.reach));
  }

  paint(ctx, width, height) {
    const { cuts, cut } = this.scene;
    const [left, right] = [22, width - 22];
    const each = (right - left) / cuts.steps;
    const fit = fitTokens(ctx, this.look, cuts.tokens, each);
    const top = Math.max(0, (height - 26 - fit.top) / 2) + 26;
    this.frame = { left, each, top, bottom: top + fit.top };
    ctx.fillStyle = this.look.colour("sunken");
    ctx.fillRect(left, top, right - left, fit.top);
    ctx.save();
    ctx.translate(0, top);
    drawTokens(ctx, this.look, cuts.tokens, fit, { left, top: fit.top, each });
    ctx.restore();
    for (let t = 0; t < cuts.steps; t += 1) if (!cuts.isKept(t, cut)) this.cross(ctx, t);
    this.drawLoss(ctx);
    this.drawKnife(ctx);
  }

  cross(ctx, t) {
    const { left, each, top, bottom } = this.frame;
    const box = [left + t * each, top, each, bottom - top];
    ctx.globalAlpha = 0.55;
    ctx.fillStyle = this.look.colour("surface");
    ctx.fillRect(...box);
    ctx.globalAlpha = 1;
    ctx.fillStyle = hatch(ctx, this.look.colour("hairline"), this.surface.ratio);
    ctx.fillRect(...box);
  }

  drawLoss(ctx) {
    const { left, each, top, bottom } = this.frame;
    const { cuts } = this.scene;
    const x = left + cuts.step * each;
    ctx.strokeStyle = this.look.colour("ink");
    ctx.lineWidth = 2;
    ctx.strokeRect(x, top, each, bottom - top);
    ctx.font = this.look.font(13, 600);
    ctx.fillStyle = this.look.colour("ink");
    ctx.textBaseline = "bottom";
    ctx.textAlign = "center";
    const half = ctx.measureText("loss").width / 2;
    ctx.fillText("loss", Math.max(half, Math.min(this.surface.width - half, x + each / 2)), top - 4);
  }

  drawKnife(ctx) {
    const { cuts, cut } = this.scene;
    const { left, each, top, bottom } = this.frame;
    const kept = cuts.lastKept(cut);
    const past = cut > cuts.reach ? cuts.onward * 12 : 0; // past the first token: the initial state too
    const x = left + (kept + (cuts.reverse ? 1 : 0)) * each + past;
    this.canvas.gsKnife = x;
    ctx.strokeStyle = ctx.fillStyle = this.look.colour("accent");
    ctx.lineWidth = 3;
    stroke(ctx, x, top - 8, x, bottom + 8);
    ctx.beginPath();
    ctx.arc(x, top - 12, 8, 0, 7);
    ctx.fill();
  }
}
