// One signal, units x tokens: a small picture of a pixel a value, made once, and drawn large without smoothing.

const TAG = 18; // height of the number of the chosen unit
const RIGHT = 22; // pixels right of the columns, where the lines below have their letters

// Rows are as high as there is room for, in whole pixels: a panel of few units is not flat, one of many not endless.
function rowHeight(units) {
  const wanted = clamp(56 + units, 72, 256);
  return Math.max(units > 130 ? 1 : 2, Math.round(wanted / units));
}

class Panel {
  constructor(parent, signal, look) {
    Object.assign(this, { signal, look });
    this.root = html(parent, "div", { class: "panel", "data-panel": signal.name });
    const label = html(this.root, "div", { class: "label" });
    html(label, "i", { style: `color: var(--gs-${signal.name}-ink)` }, signal.name);
    html(label, "span", {}, signal.words);
    this.legend = new Legend(label, look);
    this.box = html(this.root, "div", { class: "heat-box" });
    this.canvas = html(this.box, "canvas", { class: "heat", "aria-hidden": "true" });
    this.rows = {
      hover: html(this.box, "div", { class: "row-hover" }),
      chosen: html(this.box, "div", { class: "row-chosen" }),
    };
    this.tag = html(this.box, "div", { class: "row-tag" });
    this.small = document.createElement("canvas");
    this.surface = new Surface(this.canvas, (ctx, width) => this.paint(ctx, width));
  }

  // The small picture: needed again only when data, order, run or colours are others.
  draw(model, order, show) {
    Object.assign(this, { model, order: model.rowsOf.get(order), show });
    this.signal = model.signals.find(({ name }) => name === this.signal.name);
    this.row = rowHeight(model.columns);
    setStyle(this.canvas, "height", `${this.row * model.columns}px`);
    setAttr(this.box, "data-thin", this.row < 7);
    const { steps, columns } = model;
    Object.assign(this.small, { width: steps, height: columns });
    const image = new ImageData(steps, columns);
    this.fill(new Uint32Array(image.data.buffer), model, show);
    this.small.getContext("2d").putImageData(image, 0, 0);
    this.legend.show(model.scale(this.signal, show), model.beyond(this.signal, show));
  }

  fill(pixels, { steps, columns }, show) {
    const { low, high, table } = this.model.scale(this.signal, show);
    const { words } = this.look.table(table);
    const { data, other } = this.signal;
    const [sign, factor] = [show === "this" ? 1 : show === "other" ? 0 : -1, 255 / (high - low)];
    for (let row = 0; row < columns; row += 1)
      for (let t = 0, at = this.order[row]; t < steps; t += 1, at += columns) {
        const value = sign === 1 ? data[at] : sign === 0 ? other[at] : other[at] - data[at];
        // What is missing stays clear: the hatching under it is seen.
        if (value === value) pixels[row * steps + t] = words[Math.round(clamp((value - low) * factor, 0, 255))];
      }
  }

  // view: {left, each, first, count}
  render(view) {
    this.view = view;
    this.surface.render();
  }

  paint(ctx, width) {
    if (!this.view || !this.order) return;
    const { left, each, first, count } = this.view;
    const [wide, high] = [width - left - RIGHT, this.row * this.order.length];
    if (this.show !== "this") hatch(ctx, left, wide, high, this.look);
    // Columns of less than a pixel are mixed; wider ones keep their own colour.
    ctx.imageSmoothingEnabled = each * this.surface.ratio < 1;
    ctx.drawImage(this.small, first, 0, count, this.order.length, left, 0, wide, high);
    ctx.strokeStyle = this.look.colour("hairline");
    ctx.lineWidth = 1;
    ctx.strokeRect(left - 0.5, 0.5, wide + 1, high - 1);
    const units = this.order.map((column) => this.model.units[column]);
    const taken = this.chosen == null ? null : { at: this.tagAt(this.chosen), room: TAG / 2 };
    drawUnits(ctx, this.look, units, { left: left - 4, top: 0, row: this.row, taken });
    ctx.fillStyle = this.look.colour("accent");
    for (const unit of this.model.markedUnits) drawMarker(ctx, left - 1, (units.indexOf(unit) + 0.5) * this.row);
  }

  // At the first and the last row it would be cut off by half.
  tagAt(row) {
    return clamp((row + 0.5) * this.row, TAG / 2, this.row * this.order.length - TAG / 2);
  }

  // Where the pointer is and what is chosen: boxes over the picture, which is painted again for another choice alone,
  // because the numbers beside it make room.
  point(view, hover, chosen) {
    if (chosen !== this.chosen) {
      this.chosen = chosen;
      this.surface.render();
    }
    this.placeRow(this.rows.hover, view, hover);
    this.placeRow(this.rows.chosen, view, chosen);
    this.tag.hidden = chosen == null;
    if (chosen == null) return;
    // As wide as any number: it covers the one that may stand there.
    setStyle(this.tag, "minWidth", `${view.left - 24}px`);
    setText(this.tag, String(this.model.units[this.order[chosen]] + 1));
    setStyle(this.tag, "transform", `translate(${view.left - 6}px, ${this.tagAt(chosen)}px) translate(-100%, -50%)`);
  }

  placeRow(box, view, row) {
    box.hidden = row == null;
    if (row == null) return;
    setStyle(box, "transform", `translate(${view.left}px, ${row * this.row}px)`);
    setStyle(box, "width", `${view.each * view.count}px`);
    setStyle(box, "height", `${this.row}px`);
  }

  rowAt(event) {
    const row = Math.floor((event.clientY - this.canvas.getBoundingClientRect().top) / this.row);
    return this.order && row >= 0 && row < this.order.length ? row : null;
  }
}

// What has no counterpart is hatched: no colour of the table could be taken for it.
function hatch(ctx, left, wide, high, look) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, 0, wide, high);
  ctx.clip();
  ctx.strokeStyle = look.colour("line");
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let x = left - high; x < left + wide; x += 7) {
    ctx.moveTo(x, high);
    ctx.lineTo(x + high, 0);
  }
  ctx.stroke();
  ctx.restore();
}

function drawMarker(ctx, x, y) {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x - 7, y - 4.5);
  ctx.lineTo(x - 7, y + 4.5);
  ctx.fill();
}
