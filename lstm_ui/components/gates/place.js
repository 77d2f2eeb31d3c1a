// What is chosen and how it is shown: step, unit, span, zoom, order of units, run.

const LEAST = 4; // tokens; closer than that there is nothing to see

class Place {
  // changed(...parts): what has to be drawn again.
  constructor(changed) {
    this.changed = changed;
  }

  // A place that the new data may not have is brought inside.
  start(model, { step, unit, span, zoom, order, show }) {
    const cut = (range) => {
      const [from, to] = range?.map((t) => clamp(t, 0, model.steps)) ?? [0, 0];
      return from < to ? [from, to] : null;
    };
    this.model = model;
    this.at = {
      step: clamp(step, 0, model.steps - 1),
      unit: model.columnOf.has(unit) ? unit : null,
      span: cut(span),
      zoom: cut(zoom),
      order: model.rowsOf.has(order) ? order : "stored",
      show: model.compared ? show : "this",
    };
    this.anchor = null;
  }

  choose(change) {
    Object.assign(this.at, change);
    const has = (...names) => names.some((name) => name in change);
    this.changed(
      "choice",
      ...(has("step", "unit", "show") ? ["unit"] : []),
      ...(has("order", "show") ? ["pictures", "view"] : []),
      ...(has("zoom") ? ["view"] : []),
    );
  }

  unitAt(row) {
    return this.model.units[this.model.rowsOf.get(this.at.order)[row]];
  }

  rowOf(unit) {
    if (unit == null) return null;
    return this.model.rowsOf.get(this.at.order).indexOf(this.model.columnOf.get(unit));
  }

  move(steps, rows) {
    const { step, unit } = this.at;
    const row = this.rowOf(unit) ?? (rows > 0 ? -rows : this.model.columns - rows);
    this.anchor = null;
    if (rows) this.choose({ unit: this.unitAt(clamp(row + rows, 0, this.model.columns - 1)) });
    else this.choose({ step: clamp(step + steps, 0, this.model.steps - 1) });
    this.follow();
  }

  // With shift: the span goes from where it began to where the choice is now.
  stretch(steps) {
    const { step } = this.at;
    this.anchor ??= step;
    const t = clamp(step + steps, 0, this.model.steps - 1);
    this.choose({ step: t, span: [Math.min(this.anchor, t), Math.max(this.anchor, t) + 1] });
    this.follow();
  }

  clear() {
    this.anchor = null;
    this.choose({ span: null });
  }

  // What is chosen by key stays in sight.
  follow() {
    const { zoom, step } = this.at;
    if (!zoom || (step >= zoom[0] && step < zoom[1])) return;
    this.pan(step < zoom[0] ? step - zoom[0] : step - zoom[1] + 1);
  }

  pan(by) {
    const [start, stop] = this.at.zoom;
    const moved = clamp(by, -start, this.model.steps - stop);
    this.zoom([start + moved, stop + moved]);
  }

  // null: the whole text.
  zoom(range) {
    const { steps } = this.model;
    const [from, to] = range ?? [0, steps];
    const count = clamp(to - from, Math.min(LEAST, steps), steps);
    const start = clamp(from, 0, steps - count);
    this.choose({ zoom: count === steps ? null : [start, start + count] });
  }
}
