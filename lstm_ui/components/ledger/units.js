// The units to choose from, longest memory first, each with bars for its half-life and its state.

class UnitList {
  constructor(root, actions) {
    this.box = root.querySelector(".units");
    this.head = root.querySelector(".side-total");
    this.box.addEventListener("click", (event) => {
      const chosen = event.target.closest(".unit");
      if (chosen) actions.pick(Number(chosen.dataset.unit));
    });
    this.box.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -8, PageDown: 8, Home: -Infinity, End: Infinity }[event.key];
      if (by === undefined || !this.order.length) return;
      event.preventDefault();
      actions.move(by);
    });
  }

  build(book) {
    const life = (k) => book.halfLives[k] ?? Infinity;
    const places = book.units.map((_, k) => k).sort((a, b) => (life(a) === life(b) ? a - b : life(b) - life(a)));
    this.order = places.map((k) => book.units[k]);
    const finite = book.halfLives.filter((value) => value != null);
    const longest = Math.log1p(Math.max(1, ...finite));
    const largest = Math.max(...book.totals.slice(1).map(Math.abs)) || 1;
    setText(this.head, book.signal);
    this.cells = new Map();
    this.box.replaceChildren(
      ...places.map((k) => {
        const total = book.totals[k + 1];
        const share = book.halfLives[k] == null ? 1 : Math.log1p(book.halfLives[k]) / longest;
        const cell = this.cell(book.units[k], shortLife(book.halfLives[k]), share, total, total / largest);
        const words = [book.name(k + 1), `half-life ${lifeText(book.halfLives[k])}`, `${book.signal} ${fmt(total)}`];
        cell.setAttribute("aria-label", words.join(", "));
        this.cells.set(book.units[k], cell);
        return cell;
      }),
    );
    this.chosen = null;
  }

  cell(unit, life, share, total, height) {
    const cell = html(null, "div", { class: "unit", role: "option", "data-unit": unit, id: `unit-${unit}` });
    cell.setAttribute("aria-selected", "false");
    html(cell, "span", { class: "unit-name" }, String(unit + 1));
    const track = html(cell, "span", { class: "life" });
    html(track, "span", { class: "life-bar" }).style.width = `${(100 * share).toFixed(1)}%`;
    html(cell, "span", { class: "life-number number" }, life);
    const state = html(cell, "span", { class: "state" });
    const bar = html(state, "span", { class: total < 0 ? "state-bar below" : "state-bar" });
    bar.style.width = `${(50 * Math.abs(height)).toFixed(1)}%`;
    return cell;
  }

  // The unit so many further down the list than another one; from all units together, the first or the last one.
  beside(unit, by) {
    const last = this.order.length - 1;
    const at = this.order.indexOf(unit);
    const next = at < 0 ? (by > 0 ? 0 : last) : at + by;
    return this.order[Math.max(0, Math.min(last, next))];
  }

  show(unit) {
    if (unit === this.chosen) return;
    this.cells.get(this.chosen)?.setAttribute("aria-selected", "false");
    this.chosen = unit;
    const cell = this.cells.get(unit);
    if (!cell) return this.box.removeAttribute("aria-activedescendant");
    cell.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", cell.id);
    // Within the list alone: the page must not jump.
    const { offsetTop, offsetHeight } = cell;
    const { scrollTop, clientHeight } = this.box;
    if (offsetTop < scrollTop) this.box.scrollTop = offsetTop;
    else if (offsetTop + offsetHeight > scrollTop + clientHeight)
      this.box.scrollTop = offsetTop + offsetHeight - clientHeight;
  }
}
