// A strip: every unit of a signal as one small bar from a zero line. Sign and size are seen without colour.

class Strip {
  // kind: "unit" (0 to 1, bars stand on the floor) or "signed" (bars leave a line in the middle).
  constructor(parent, { key, x, y, w, h, count, signal, kind, clickable = true }) {
    Object.assign(this, { key, x, y, w, h, count, kind, signed: kind === "signed" });
    const group = node(parent, "g", { class: "strip", "data-strip": key });
    this.floor = node(group, "rect", { x, y, width: w, height: h, rx: 3, class: "strip-floor" });
    this.mark = node(group, "rect", { y: y - 3, height: h + 6, rx: 2, class: "strip-mark" });
    this.bars = node(group, "path", { class: "strip-bars", style: `fill:var(--gs-${signal})` });
    this.ghost = node(group, "path", { class: "strip-ghost" });
    this.zero = node(group, "path", { class: "strip-zero" });
    this.pins = node(group, "path", { class: "strip-pins" });
    this.chosen = node(group, "path", { class: "strip-chosen" });
    if (clickable) {
      this.hit = node(group, "rect", {
        x,
        y: y - 4,
        width: w,
        height: h + 12,
        class: "strip-hit",
        "data-units": count,
      });
      node(this.hit, "title", {}, "Click a bar to follow that unit");
    } else this.mark.setAttribute("visibility", "hidden");
    this.clickable = clickable;
    this.pitch = w / count;
    this.gap = this.pitch > 7 ? 2 : this.pitch > 3.5 ? 1 : Math.min(0.4, this.pitch / 5);
    this.lastUnit = -1;
  }

  drawZero(signed) {
    const line = signed ? this.y + this.h / 2 : this.y + this.h;
    setAttr(this.zero, "d", `M${this.x} ${line}h${this.w}`);
    return line;
  }

  // row: values; ghost: the other run or null; scale: value of a full bar; signed: forced for differences.
  update(row, ghost, scale, unit, signed = this.signed, mask = null) {
    const zero = this.drawZero(signed);
    const reach = signed ? this.h / 2 : this.h;
    const width = this.pitch - this.gap;
    let bars = "",
      lines = "",
      pins = "";
    for (let u = 0; u < this.count; u += 1) {
      const left = (this.x + u * this.pitch + this.gap / 2).toFixed(2);
      const size = Math.max(-1, Math.min(1, row[u] / scale)) * reach;
      // A bar is never thinner than half a pixel, so that an almost-zero unit is still seen to be there.
      if (Math.abs(size) > 0.05)
        bars += `M${left} ${zero}h${width.toFixed(2)}v${(-size).toFixed(2)}h${(-width).toFixed(2)}z`;
      if (ghost) {
        const other = zero - Math.max(-1, Math.min(1, ghost[u] / scale)) * reach;
        lines += `M${left} ${other.toFixed(2)}h${width.toFixed(2)}`;
      }
      if (mask && mask(u)) pins += `M${left} ${this.y + this.h + 3.5}h${width.toFixed(2)}`;
    }
    setAttr(this.bars, "d", bars);
    setAttr(this.ghost, "d", lines);
    setAttr(this.pins, "d", pins);
    if (this.clickable && unit !== this.lastUnit) {
      this.lastUnit = unit;
      const left = this.x + unit * this.pitch;
      this.mark.setAttribute("x", (left - 1).toFixed(2));
      this.mark.setAttribute("width", (this.pitch + 2).toFixed(2));
      const middle = left + this.pitch / 2;
      this.chosen.setAttribute("d", `M${middle.toFixed(2)} ${this.y - 3}l-4.5 -6h9z`);
    }
  }
}
