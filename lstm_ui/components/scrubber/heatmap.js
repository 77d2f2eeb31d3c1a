// Units x tokens in colours: a small picture, one pixel a value, drawn large without smoothing.

class Heatmap {
  constructor(parent, { onPoint, look, name }) {
    Object.assign(this, { onPoint, look });
    this.canvas = html(parent, "canvas", { class: "heat", tabindex: 0, role: "img", "aria-label": name });
    this.small = document.createElement("canvas");
    this.surface = new Surface(this.canvas, (ctx, width, height) => this.paint(ctx, width, height));
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.onPoint(null));
    this.canvas.addEventListener("blur", () => this.onPoint(null));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  // picture: {tokens, units, indices (Uint8Array, tokens x units), table}; cell: [token, unit place] or null
  show(picture, cell) {
    const { tokens, units, indices, table } = picture;
    const [steps, rows] = [tokens.length, units.length];
    if (!this.picture || this.small.width !== steps || this.small.height !== rows) {
      Object.assign(this.small, { width: steps, height: rows });
      this.image = new ImageData(steps, rows);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    for (let t = 0; t < steps; t += 1)
      for (let u = 0; u < rows; u += 1) this.pixels[u * steps + t] = table.words[indices[t * rows + u]];
    this.small.getContext("2d").putImageData(this.image, 0, 0);
    Object.assign(this, { picture, cell });
    this.surface.render();
  }

  paint(ctx, width, height) {
    if (!this.picture) return;
    const { tokens, units } = this.picture;
    const { look } = this;
    ctx.font = look.font(LABELS);
    const frame = this.place(ctx, width, height);
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.small, frame.left, frame.top, frame.width, frame.height);
    ctx.strokeStyle = look.colour("hairline");
    ctx.lineWidth = 1;
    ctx.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.width + 1, frame.height + 1);
    drawTokens(ctx, look, tokens, this.fit, frame);
    drawUnits(ctx, look, units, frame);
    if (this.cell) this.outline(ctx, frame, this.cell);
  }

  place(ctx, width, height) {
    const { tokens, units } = this.picture;
    const left = ctx.measureText(String(units.at(-1) + 1)).width + 12;
    const each = (width - left - 2) / tokens.length;
    this.fit = fitTokens(ctx, this.look, tokens, each);
    const { top } = this.fit;
    const size = { width: width - left - 2, height: height - top - 2 };
    this.frame = { left, top, ...size, each, row: size.height / units.length };
    return this.frame;
  }

  outline(ctx, frame, [t, u]) {
    const box = [frame.left + t * frame.each, frame.top + u * frame.row, frame.each, frame.row];
    ctx.lineWidth = 3;
    ctx.strokeStyle = this.look.colour("surface");
    ctx.strokeRect(...box);
    ctx.lineWidth = 1.5;
    ctx.strokeStyle = this.look.colour("ink");
    ctx.strokeRect(...box);
  }

  point(event) {
    if (!this.frame) return;
    const box = this.canvas.getBoundingClientRect();
    const t = Math.floor((event.clientX - box.left - this.frame.left) / this.frame.each);
    const u = Math.floor((event.clientY - box.top - this.frame.top) / this.frame.row);
    const inside = t >= 0 && u >= 0 && t < this.picture.tokens.length && u < this.picture.units.length;
    this.onPoint(inside ? [t, u] : null);
  }

  key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const by = moves[event.key];
    if (event.key === "Escape") this.onPoint(null);
    if (!by || !this.picture) return;
    event.preventDefault();
    const [t, u] = this.cell ? [this.cell[0] + by[0], this.cell[1] + by[1]] : [0, 0];
    const most = [this.picture.tokens.length - 1, this.picture.units.length - 1];
    // Kept at once: the next key may come before the next frame.
    this.cell = [Math.max(0, Math.min(most[0], t)), Math.max(0, Math.min(most[1], u))];
    this.onPoint(this.cell);
  }
}
