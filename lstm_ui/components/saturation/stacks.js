// One gate of all units: a column a unit, open hanging from the top, shut standing on the ground, nothing between.

class Stacks {
  constructor(parent, look, actions) {
    this.look = look;
    const canvas = html(parent, "canvas", { class: "stacks", "aria-hidden": "true" });
    this.surface = new Surface(canvas, (ctx, width, height) => this.scene && this.paint(ctx, width, height));
    const column = (event) => this.columnAt(event.clientX - canvas.getBoundingClientRect().left);
    canvas.addEventListener("pointermove", (event) => actions.point(column(event)));
    canvas.addEventListener("pointerdown", (event) => actions.point(column(event)));
    canvas.addEventListener("pointerleave", () => actions.point(null));
    canvas.addEventListener("click", (event) => actions.pick(column(event)));
  }

  // scene: {shares, gate, order, pointed, chosen}, the last two as places of `units`, or null
  show(scene) {
    this.scene = scene;
    this.surface.render();
  }

  columnAt(x) {
    const { frame, scene } = this;
    const column = frame ? Math.floor((x - frame.left) / frame.each) : -1;
    return scene?.order[column] ?? null;
  }

  paint(ctx, width, height) {
    const { order } = this.scene;
    ctx.font = this.look.font(13);
    const left = ctx.measureText("100 %").width + 10;
    this.frame = { left, right: width - 6, top: 6, bottom: height - 24, each: (width - 6 - left) / order.length };
    this.drawAxis(ctx);
    const { right, top, bottom, each } = this.frame;
    ctx.fillStyle = this.look.colour("sunken");
    ctx.fillRect(left, top, right - left, bottom - top);
    if (each >= 3) this.drawColumns(ctx);
    else this.drawPixels(ctx);
    this.drawDead(ctx);
    this.nameUnits(ctx);
    this.mark(ctx, this.scene.chosen, "accent", 3);
    this.mark(ctx, this.scene.pointed, "ink", 2);
  }

  drawAxis(ctx) {
    const { left, top, bottom } = this.frame;
    ctx.fillStyle = this.look.colour("muted");
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (const share of [0, 0.5, 1]) ctx.fillText(`${100 * share} %`, left - 6, bottom - share * (bottom - top));
  }

  drawColumns(ctx) {
    const { gate, order } = this.scene;
    const { left, each } = this.frame;
    const gap = Math.min(4, Math.max(1, each * 0.14));
    order.forEach((k, column) => {
      this.fill(ctx, left + column * each + gap / 2, each - gap, gate.shut[k], gate.open[k]);
    });
  }

  // Where a unit is narrower than a few pixels, each pixel is the mean of the units that fall on it.
  drawPixels(ctx) {
    const { gate, order } = this.scene;
    const { left, right } = this.frame;
    const wide = 1 / this.surface.ratio;
    const pixels = Math.round((right - left) / wide);
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const first = Math.floor((pixel * order.length) / pixels);
      const last = Math.max(first + 1, Math.ceil(((pixel + 1) * order.length) / pixels));
      let shut = 0,
        open = 0;
      for (let column = first; column < last; column += 1) {
        shut += gate.shut[order[column]];
        open += gate.open[order[column]];
      }
      this.fill(ctx, left + pixel * wide, wide, shut / (last - first), open / (last - first));
    }
  }

  fill(ctx, x, wide, shut, open) {
    const { top, bottom } = this.frame;
    const size = bottom - top;
    ctx.fillStyle = this.look.colour(this.scene.gate.name);
    ctx.fillRect(x, top, wide, open * size);
    ctx.fillStyle = this.look.colour("surface");
    ctx.fillRect(x, bottom - shut * size, wide, shut * size);
    ctx.fillStyle = hatch(ctx, this.look.colour(`${this.scene.gate.name}-ink`), this.surface.ratio);
    ctx.fillRect(x, bottom - shut * size, wide, shut * size);
  }

  // A cross under every dead unit.
  drawDead(ctx) {
    const { shares, order } = this.scene;
    if (!shares.isDead.size) return;
    const { left, each, bottom } = this.frame;
    ctx.strokeStyle = this.look.colour("ink");
    ctx.lineWidth = 1.75;
    order.forEach((k, column) => {
      if (shares.isDead.has(shares.units[k])) cross(ctx, left + (column + 0.5) * each, bottom - 5, 3.5);
    });
  }

  nameUnits(ctx) {
    const { shares, order } = this.scene;
    const { left, right, each, bottom } = this.frame;
    ctx.font = this.look.font(13);
    ctx.fillStyle = this.look.colour("muted");
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    const wide = ctx.measureText(String(shares.hidden)).width + 8;
    const every = [1, 2, 5, 10, 20, 50, 100, 200].find((step) => step * each >= wide) ?? 500;
    const isStored = order.every((k, column) => shares.units[k] === column);
    order.forEach((k, column) => {
      // Round numbers where the units stand as they are stored, else every so many as they come.
      const named = isStored ? (column + 1) % every === 0 || (column === 0 && every > 2) : column % every === 0;
      const name = String(shares.units[k] + 1);
      const most = right + 4 - ctx.measureText(name).width / 2;
      if (named) ctx.fillText(name, Math.min(most, left + (column + 0.5) * each), bottom + 6);
    });
  }

  mark(ctx, k, colour, width) {
    if (k == null) return;
    const { left, each, top, bottom } = this.frame;
    const x = left + this.scene.order.indexOf(k) * each;
    ctx.strokeStyle = this.look.colour(colour);
    ctx.lineWidth = width;
    if (each >= 5) ctx.strokeRect(x, top - 2, each, bottom - top + 4);
    else stroke(ctx, x + each / 2, top - 3, x + each / 2, bottom + 4);
  }
}

function cross(ctx, x, y, size) {
  stroke(ctx, x - size, y - size, x + size, y + size);
  stroke(ctx, x - size, y + size, x + size, y - size);
}
