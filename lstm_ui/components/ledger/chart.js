// The bars on a canvas: one a token, the initial state where the reading begins, and their running sum up to the total.

class LedgerChart {
  constructor(canvas, look, actions) {
    Object.assign(this, { canvas, look, actions });
    this.names = new BarNames(look);
    this.surface = new Surface(canvas, (ctx, width, height) => this.scene && this.paint(ctx, width, height));
    const place = (event) => this.placeAt(event.clientX - canvas.getBoundingClientRect().left);
    canvas.addEventListener("pointermove", (event) => actions.point(place(event)));
    canvas.addEventListener("pointerdown", (event) => actions.point(place(event)));
    canvas.addEventListener("pointerleave", () => actions.point(null));
  }

  // scene: {book, row, window: [first, last] places, place (pointed at) or null, writes: are they drawn}
  show(scene) {
    this.scene = scene;
    this.surface.render();
  }

  placeAt(x) {
    if (!this.frame) return null;
    const [first, last] = this.scene.window;
    return Math.max(first, Math.min(last, first + Math.floor((x - this.frame.left) / this.frame.each)));
  }

  paint(ctx, width, height) {
    const { book, row, window } = this.scene;
    this.running = book.running(row);
    this.measure(ctx, width, height);
    const { frame, y } = this;
    this.drawGround(ctx);
    drawTicks(ctx, this.look, this);
    for (let place = window[0]; place <= window[1]; place += 1) this.drawBar(ctx, place);
    ctx.strokeStyle = this.look.colour("line");
    ctx.lineWidth = 1;
    stroke(ctx, frame.left, Math.round(y.at(0)) + 0.5, frame.right, Math.round(y.at(0)) + 0.5);
    this.drawRunning(ctx);
    this.drawTotal(ctx);
    this.names.draw(ctx, this.frame);
    this.drawRecent(ctx);
    if (this.scene.place != null) this.drawPointed(ctx, this.scene.place);
  }

  measure(ctx, width, height) {
    const { book, row, window, writes } = this.scene;
    const count = window[1] - window[0] + 1;
    ctx.font = this.look.font(13);
    const columns = [[0, book.totals[row]], this.running.map(([, sum]) => sum)];
    columns.push(Array.from({ length: count }, (_, k) => book.valueAt(row, window[0] + k)));
    const written = writes && book.writesOf(row);
    if (written) columns.push(written.filter((_, t) => book.wasRead(t)));
    const [low, high] = rangeOf(columns) ?? [-1, 1];
    const range = [Math.min(low, 0), Math.max(high, 0)];
    this.ticks = new Scale(...range, height, 0).ticks(5);
    this.texts = tickTexts(this.ticks);
    const wide = Math.max(...this.texts.map((text) => ctx.measureText(text).width));
    this.totalText = `${row ? book.signal : `|${book.signal}|`} = ${fmt(book.totals[row])}`;
    ctx.font = this.look.font(15, 600);
    const left = wide + 14;
    // Beside the last bar there is room for the total; on a narrow screen it stands above.
    const beside = width > 520;
    const right = width - (beside ? ctx.measureText(this.totalText).width + 20 : 10);
    const each = (right - left) / count;
    const room = this.names.fit(ctx, book, window, each);
    this.frame = { left, right, each, beside, top: beside ? 30 : 52, bottom: height - room - 8 };
    this.y = new Scale(...range, this.frame.bottom, this.frame.top);
  }

  middle(place) {
    return this.frame.left + (place - this.scene.window[0] + 0.5) * this.frame.each;
  }

  drawGround(ctx) {
    const { book, row, window } = this.scene;
    const { left, each, top, bottom } = this.frame;
    const span = (first, last) => {
      const [a, b] = [Math.max(first, window[0]), Math.min(last, window[1])];
      return [left + (a - window[0]) * each, top, Math.max(0, b - a + 1) * each, bottom - top];
    };
    const recent = book.recent(row);
    ctx.fillStyle = this.look.colour("sunken");
    if (recent) ctx.fillRect(...span(...recent));
    // What has not been read yet.
    const last = book.placeOf(book.step);
    const [first, end] = book.reverse ? [0, last - 1] : [last + 1, book.places - 1];
    const box = span(first, end);
    if (box[2] <= 0) return;
    ctx.fillStyle = hatch(ctx, this.look.colour("hairline"), this.surface.ratio);
    ctx.fillRect(...box);
    ctx.font = this.look.font(13);
    if (ctx.measureText("not read yet").width + 16 > box[2]) return;
    ctx.fillStyle = this.look.colour("surface");
    ctx.fillRect(box[0] + box[2] / 2 - 44, top + 4, 88, 20);
    ctx.fillStyle = this.look.colour("muted");
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText("not read yet", box[0] + box[2] / 2, top + 14);
  }

  drawBar(ctx, place) {
    const { book, row, writes } = this.scene;
    const value = book.valueAt(row, place);
    const t = book.tokenAt(place);
    if (!Number.isFinite(value)) return;
    const { each } = this.frame;
    const gap = each > 5 ? Math.min(6, each * 0.18) : 0;
    const [x, wide] = [this.middle(place) - each / 2 + gap / 2, Math.max(1, each - gap)];
    const zero = this.y.at(0);
    const box = (height) => [x, Math.min(zero, this.y.at(height)), wide, Math.abs(this.y.at(height) - zero)];
    const isHeld = t != null && book.isHeldAt(row, t);
    const wrote = writes && t != null && !isHeld ? book.writesOf(row)?.[t] : null;
    if (wrote != null) {
      ctx.fillStyle = hatch(ctx, this.colourOf(wrote), this.surface.ratio);
      ctx.fillRect(...box(wrote));
    }
    const colour = this.colourOf(value);
    ctx.fillStyle = t == null || isHeld ? this.look.colour("surface") : colour;
    ctx.fillRect(...box(value));
    if (t != null && !isHeld) return;
    // Neither was written by the cell: cross-hatched, with an outline.
    ctx.fillStyle = hatch(ctx, colour, this.surface.ratio);
    ctx.fillRect(...box(value));
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.5;
    if (value) ctx.strokeRect(...box(value));
    if (isHeld) this.nameHeld(ctx, place, value);
  }

  nameHeld(ctx, place, value) {
    const { window } = this.scene;
    const neighbour = this.scene.book.reverse ? place - 1 : place + 1;
    const t = this.scene.book.tokenAt(neighbour);
    const goesOn = neighbour >= window[0] && neighbour <= window[1] && t != null;
    // Of several held steps in a row only the last one counts, and only it is named.
    if (goesOn && this.scene.book.wasRead(t) && this.scene.book.isHeldAt(this.scene.row, t)) return;
    ctx.font = this.look.font(13, 600);
    ctx.fillStyle = this.look.colour("ink");
    ctx.textAlign = "center";
    ctx.textBaseline = value < 0 ? "top" : "bottom";
    const half = ctx.measureText("held").width / 2;
    const x = Math.max(this.frame.left + half, Math.min(this.frame.right - half, this.middle(place)));
    ctx.fillText("held", x, this.y.at(value) + (value < 0 ? 4 : -4));
  }

  colourOf(value) {
    return this.look.table("diverging").css[value < 0 ? 38 : 217];
  }

  drawRunning(ctx) {
    const { window } = this.scene;
    const { left, right, top, bottom, each } = this.frame;
    const outward = this.scene.book.reverse ? -1 : 1;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left - 4, top - 6, right - left + 12, bottom - top + 12);
    ctx.clip();
    for (const [colour, width] of [["surface", 5], ["ink", 2]]) {
      ctx.strokeStyle = this.look.colour(colour);
      ctx.lineWidth = width;
      ctx.lineJoin = "round";
      ctx.beginPath();
      this.running.forEach(([place, sum], k) => {
        const x = left + (place - window[0] + 0.5) * each;
        if (k) ctx.lineTo(x - (outward * each) / 2, this.y.at(sum));
        else ctx.moveTo(x, this.y.at(sum));
        ctx.lineTo(x + (outward * each) / 2, this.y.at(sum));
      });
      ctx.stroke();
    }
    ctx.restore();
  }

  drawTotal(ctx) {
    const { book, row, window } = this.scene;
    const { left, right, each, beside } = this.frame;
    const [place, sum] = this.running.at(-1);
    const end = left + (place - window[0] + 0.5) * each + ((book.reverse ? -1 : 1) * each) / 2;
    const at = this.y.at(sum);
    ctx.fillStyle = this.look.colour("ink");
    ctx.beginPath();
    ctx.arc(end, at, 5, 0, 7);
    ctx.fill();
    ctx.font = this.look.font(15, 600);
    ctx.textAlign = beside ? "left" : "right";
    ctx.textBaseline = "middle";
    if (beside && end < right - 2) {
      ctx.strokeStyle = this.look.colour("line");
      ctx.setLineDash([3, 4]);
      stroke(ctx, end, at, right, at);
      ctx.setLineDash([]);
    }
    ctx.fillText(this.totalText, beside ? right + 12 : right, beside ? at : 12);
  }

  // A bracket over the tokens that 90 % of the bars belong to.
  drawRecent(ctx) {
    const { book, row, window } = this.scene;
    const recent = book.recent(row);
    if (!recent) return;
    const { left, each, beside } = this.frame;
    const a = left + Math.max(0, recent[0] - window[0]) * each + 1;
    const b = left + (Math.min(window[1], recent[1]) - window[0] + 1) * each - 1;
    const y = beside ? 21 : 43;
    ctx.strokeStyle = this.look.colour("accent");
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.moveTo(a, y + 6);
    ctx.lineTo(a, y);
    ctx.lineTo(b, y);
    ctx.lineTo(b, y + 6);
    ctx.stroke();
    ctx.font = this.look.font(14, 600);
    ctx.fillStyle = this.look.colour("accent");
    ctx.textBaseline = "bottom";
    ctx.textAlign = "center";
    const half = ctx.measureText("90 %").width / 2;
    ctx.fillText("90 %", Math.max(left + half, Math.min(this.frame.right - half, (a + b) / 2)), y - 2);
  }

  drawPointed(ctx, place) {
    const { each, top, bottom } = this.frame;
    ctx.strokeStyle = this.look.colour("accent");
    ctx.lineWidth = 2;
    if (each >= 6) ctx.strokeRect(this.middle(place) - each / 2, top - 2, each, bottom - top + 4);
    else stroke(ctx, this.middle(place), top - 2, this.middle(place), bottom + 2);
  }
}
