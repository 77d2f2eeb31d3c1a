// The sequence: a rail to scrub along, the tokens, and under each of them the chosen unit's signals over time.

const SAYS = 26; // pixels

class Track {
  constructor(root, actions) {
    this.actions = actions;
    this.rail = root.querySelector(".rail");
    this.fill = root.querySelector(".rail-fill");
    this.thumb = root.querySelector(".rail-thumb");
    this.scroller = root.querySelector(".track-scroll");
    this.inner = root.querySelector(".track-inner");
    this.row = root.querySelector(".track-tokens");
    this.svg = root.querySelector(".track-signals");
    this.now = root.querySelector(".track-now");
    this.saysRow = root.querySelector(".track-says");
    this.labels = root.querySelector(".track-labels");
    this.note = root.querySelector(".direction-note");
    this.current = null;
    this.follow(this.rail, (event) => this.stepOnRail(event));
    this.follow(this.inner, (event) => this.stepOnTokens(event), "mouse");
    this.inner.addEventListener("click", (event) => this.actions.step(this.stepOnTokens(event)));
  }

  // Press and drag. On the tokens a finger scrolls instead, so dragging there is for the mouse.
  follow(element, stepAt, only) {
    let dragging = false;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || (only && event.pointerType !== only)) return;
      dragging = true;
      element.setPointerCapture(event.pointerId);
      this.rail.focus({ preventScroll: true });
      this.actions.step(stepAt(event));
      event.preventDefault();
    });
    element.addEventListener("pointermove", (event) => dragging && this.actions.step(stepAt(event)));
    for (const name of ["pointerup", "pointercancel"])
      element.addEventListener(name, () => {
        dragging = false;
      });
  }

  stepOnRail(event) {
    const box = this.rail.getBoundingClientRect();
    return Math.round(((event.clientX - box.left - 12) / Math.max(1, box.width - 24)) * (this.steps - 1));
  }

  stepOnTokens(event) {
    return Math.floor((event.clientX - this.inner.getBoundingClientRect().left) / this.cell);
  }

  // Tokens are as wide as the longest needs, and fill the line when there are few.
  fit() {
    const longest = this.model.tokens.reduce((most, token) => Math.max(most, [...token.shown].length), 1);
    const wanted = longest <= 2 ? 38 : Math.min(104, 18 + 9.5 * longest);
    // Measured once: asking again while a frame is being written would lay the page out twice.
    this.room = this.scroller.clientWidth || 600;
    this.railWidth = this.rail.clientWidth;
    this.cell = Math.floor(Math.max(wanted, Math.min(76, this.room / this.steps)));
    this.width = this.cell * this.steps;
  }

  show(model) {
    this.model = model;
    this.steps = model.steps;
    this.fit();
    const cells = model.tokens.map((token, t) => {
      const cell = html(null, "div", { class: token.sign ? "token sign" : "token", "data-step": t }, token.shown);
      cell.style.width = `${this.cell}px`;
      const name = token.name && token.name !== token.shown ? `${token.shown} ${token.name}` : token.shown;
      cell.title = `step ${t + 1}: ${name}`;
      return cell;
    });
    this.row.replaceChildren(...cells);
    this.cells = cells;
    this.current = null;
    this.inner.style.width = `${this.width}px`;
    this.now.style.width = `${this.cell}px`;
    this.buildSays();
    this.buildRows();
    setAttr(this.rail, "aria-valuemax", this.steps);
    setText(
      this.note,
      model.reverse
        ? "\u2190 This direction reads from right to left: \u201cprevious\u201d is the token to the right."
        : "Read from left to right \u2192: \u201cprevious\u201d is the token to the left.",
    );
  }

  // Of a trained net: the output that it gives most to, under each token.
  buildSays() {
    const { head } = this.model;
    this.saysRow.hidden = !head;
    this.says = !head
      ? []
      : this.cells.map(() => {
          const cell = html(null, "div", { class: "says" });
          cell.style.width = `${this.cell}px`;
          return { cell, back: html(cell, "span", { class: "says-back" }), text: html(cell, "span") };
        });
    this.saysRow.replaceChildren(...this.says.map(({ cell }) => cell));
  }

  drawSays(view) {
    const { head } = this.model,
      { run } = new HeadView(head, view);
    this.says.forEach(({ cell, back, text }, t) => {
      const best = head.best(run, t);
      const [sign, name] = head.symbol(t, best);
      setText(text, sign);
      setStyle(back, "opacity", (0.45 * run.at("p", t, best)).toFixed(3));
      setAttr(cell, "title", `step ${t + 1}: ${name}, ${share(run.at("p", t, best))}`);
      setAttr(cell, "data-right", head.right(t) === best ? "1" : "0");
    });
  }

  buildRows() {
    this.svg.replaceChildren();
    this.labels.replaceChildren();
    const rows = this.model.track.rows;
    let y = 4;
    const top = this.model.head ? SAYS : 0; // the row of what the net says stands above
    if (top) {
      const says = html(this.labels, "span", { class: "says-label", style: "top:3px" }, "says");
      says.title = this.model.head.title;
    }
    this.rows = rows.map(({ key, kind }) => {
      const height = kind === "unit" ? 18 : 30;
      const floor = kind === "unit" ? y + height : y + height / 2;
      const zero = node(this.svg, "path", { class: "strip-zero" });
      const bars = node(this.svg, "path", { style: `fill:var(--gs-${key})`, "data-track": key });
      const ghost = node(this.svg, "path", { class: "strip-ghost" });
      const label = html(this.labels, "span", { style: `top:${top + y + height / 2 - 10}px;color:var(--gs-${key}-ink)` });
      writeHtml(label, (this.model.notation.labels[key] ?? key).replace(/_\{t\}$/, ""));
      const row = { key, kind, height, floor, zero, bars, ghost };
      y += height + 7;
      return row;
    });
    setAttr(this.svg, "width", this.width);
    setAttr(this.svg, "height", y);
    this.labels.style.height = `${y + top}px`;
  }

  // All steps of the chosen unit; only when the unit, the run or the data change.
  drawSignals(view, u) {
    if (this.model.head) this.drawSays(view);
    const gap = this.cell > 20 ? 8 : 4;
    for (const { key, kind, height, floor, zero, bars, ghost } of this.rows) {
      const signed = kind === "signed" || view.mode === "diff";
      const scale = this.model.scale(key),
        reach = signed ? height / 2 : height;
      const base = signed ? floor - (kind === "signed" ? 0 : height / 2) : floor;
      setAttr(zero, "d", `M0 ${base}H${this.width}`);
      let d = "",
        lines = "";
      for (let t = 0; t < this.steps; t += 1) {
        const size = Math.max(-1, Math.min(1, view.at(key, t, u) / scale)) * reach;
        const left = t * this.cell + gap / 2,
          width = this.cell - gap;
        if (Math.abs(size) > 0.05) d += `M${left} ${base}h${width}v${(-size).toFixed(2)}h${-width}z`;
        if (view.other && view.mode !== "diff") {
          lines += `M${left} ${(base - Math.max(-1, Math.min(1, view.other.at(key, t, u) / scale)) * reach).toFixed(2)}h${width}`;
        }
      }
      setAttr(bars, "d", d);
      setAttr(ghost, "d", lines);
    }
  }

  update(t, text) {
    if (t !== this.current) {
      this.cells[this.current]?.removeAttribute("aria-current");
      this.cells[t].setAttribute("aria-current", "step");
      this.current = t;
      this.now.style.transform = `translateX(${t * this.cell}px)`;
      const share = this.steps > 1 ? t / (this.steps - 1) : 0;
      // Transforms only: the line is laid out once.
      this.thumb.style.transform = `translateX(${(share * (this.railWidth - 24)).toFixed(1)}px)`;
      this.fill.style.transform = `scaleX(${share.toFixed(4)})`;
      this.scrollTo(t);
      setAttr(this.rail, "aria-valuenow", t + 1);
    }
    setAttr(this.rail, "aria-valuetext", text);
  }

  scrollTo(t) {
    const left = t * this.cell,
      { room } = this;
    if (this.width <= room) return;
    const at = this.scroller.scrollLeft;
    const margin = Math.min(2 * this.cell, room / 3);
    if (left < at + margin) this.scroller.scrollLeft = left - margin;
    else if (left + this.cell > at + room - margin) this.scroller.scrollLeft = left + this.cell - room + margin;
  }
}
