// One gate of all units as dots: share of time shut, to the right, and open, upwards. Beyond the slope is nothing.

const NEAR = 16; // pixels within which a dot counts as pointed at

class Scatter {
  constructor(parent, look, actions) {
    this.look = look;
    const canvas = html(parent, "canvas", { class: "scatter", "aria-hidden": "true" });
    this.surface = new Surface(canvas, (ctx, width, height) => this.scene && this.paint(ctx, width, height));
    const dot = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.dotAt(event.clientX - box.left, event.clientY - box.top);
    };
    canvas.addEventListener("pointermove", (event) => actions.point(dot(event)));
    canvas.addEventListener("pointerdown", (event) => actions.point(dot(event)));
    canvas.addEventListener("pointerleave", () => actions.point(null));
    canvas.addEventListener("click", (event) => actions.pick(dot(event)));
  }

  // As for Stacks.
  show(scene) {
    this.scene = scene;
    this.surface.render();
  }

  dotAt(x, y) {
    if (!this.x) return null;
    const { gate, shares } = this.scene;
    let found = null,
      least = NEAR;
    for (let k = 0; k < shares.count; k += 1) {
      const away = Math.hypot(this.x.at(gate.shut[k]) - x, this.y.at(gate.open[k]) - y);
      if (away < least) [found, least] = [k, away];
    }
    return found;
  }

  paint(ctx, width, height) {
    const size = Math.min(width - 40, height - 34);
    const [left, bottom] = [30, height - 28];
    this.x = new Scale(0, 1, left, left + size);
    this.y = new Scale(0, 1, bottom, bottom - size);
    ctx.fillStyle = this.look.colour("sunken");
    ctx.beginPath();
    ctx.moveTo(left, bottom);
    ctx.lineTo(left, bottom - size);
    ctx.lineTo(left + size, bottom);
    ctx.fill();
    ctx.strokeStyle = this.look.colour("line");
    ctx.lineWidth = 1;
    stroke(ctx, left + 0.5, bottom - size, left + 0.5, bottom);
    stroke(ctx, left, bottom + 0.5, left + size, bottom + 0.5);
    this.nameAxes(ctx, left, bottom, size);
    this.drawDots(ctx);
  }

  nameAxes(ctx, left, bottom, size) {
    ctx.font = this.look.font(13);
    ctx.fillStyle = this.look.colour("muted");
    ctx.textBaseline = "top";
    ctx.textAlign = "center";
    ctx.fillText("shut", left + size / 2, bottom + 6);
    ctx.fillText("1", left + size, bottom + 6);
    ctx.fillText("0", left, bottom + 6);
    ctx.textBaseline = "middle";
    ctx.fillText("1", left - 9, bottom - size + 3);
    ctx.save();
    ctx.translate(left - 11, bottom - size / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.fillText("open", 0, 0);
    ctx.restore();
  }

  drawDots(ctx) {
    const { gate, shares, pointed, chosen } = this.scene;
    const radius = shares.count > 200 ? 2.5 : 4;
    const place = (k) => [this.x.at(gate.shut[k]), this.y.at(gate.open[k])];
    ctx.fillStyle = this.look.colour(gate.name);
    ctx.strokeStyle = this.look.colour("ink");
    ctx.lineWidth = 1.75;
    for (let k = 0; k < shares.count; k += 1) {
      ctx.globalAlpha = 0.6;
      ctx.beginPath();
      ctx.arc(...place(k), radius, 0, 7);
      ctx.fill();
      ctx.globalAlpha = 1;
      if (shares.isDead.has(shares.units[k])) cross(ctx, ...place(k), radius);
    }
    for (const [k, colour, width] of [[chosen, "accent", 3], [pointed, "ink", 2]]) {
      if (k == null) continue;
      ctx.strokeStyle = this.look.colour(colour);
      ctx.lineWidth = width;
      ctx.beginPath();
      ctx.arc(...place(k), radius + 4, 0, 7);
      ctx.stroke();
    }
  }
}
