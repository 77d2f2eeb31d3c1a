// One run, or two, as they were sent: for each signal a block tokens x columns of float32.

class Model {
  constructor(data) {
    Object.assign(this, data);
    this.steps = data.tokens.length;
    this.columns = data.units.length;
    this.signals = data.signals.map((signal) => ({
      ...signal,
      data: floatsOf(signal.data),
      other: signal.other && floatsOf(signal.other),
    }));
    this.columnOf = new Map(data.units.map((unit, column) => [unit, column]));
    this.rowsOf = new Map(data.orders.map(({ id, rows }) => [id, rows]));
    // The colours of the states end at 1, or at the given limit: then a large cell state leaves the others pale.
    this.limits = data.limit > 1.5 ? [1, data.limit] : [data.limit];
    this.limit = this.limits[0];
    this.exceeded = {};
  }

  // Whether a state goes beyond the first colour, and whether beyond the last.
  beyond(signal, show) {
    if (signal.kind !== "state") return [false, false];
    const rows = () => Array.from({ length: this.columns }, (_, column) => this.row(signal, column, show));
    return (this.exceeded[`${signal.name} ${show} ${this.limit}`] ??= beyondEnds(rows(), -this.limit, this.limit));
  }

  // Exact: both are float32 and the difference is taken in float64. NaN where the other run has no counterpart.
  value(signal, t, column, show) {
    const at = t * this.columns + column;
    if (show === "this") return signal.data[at];
    if (show === "other") return signal.other[at];
    return signal.other[at] - signal.data[at];
  }

  // The values of one unit at all steps.
  row(signal, column, show) {
    const values = new Float64Array(this.steps);
    for (let t = 0; t < this.steps; t += 1) values[t] = this.value(signal, t, column, show);
    return values;
  }

  // The ends of the colours, and which table: the same in all panels of a kind.
  scale(signal, show) {
    const signed = signal.kind === "state" || show === "difference";
    const high = signal.kind === "state" ? this.limit : 1;
    return {
      kind: signed ? "signed" : "unit",
      low: signed ? -high : 0,
      high,
      table: signed ? "diverging" : "sequential",
    };
  }

  // Which tokens are read there; the second run may have read another text.
  read(show) {
    return show === "other" && this.otherTokens ? this.otherTokens : this.tokens;
  }

  tokenText(t, show) {
    const said = (token) => (token.name ? `${token.shown} (${token.name})` : token.shown);
    const token = this.read(show)[t];
    const other = this.otherTokens?.[t];
    if (!this.otherTokens || show === "other" || other.shown === token.shown) return said(token);
    return `${said(token)}, ${this.otherName}: ${other.shown ? said(other) : "none"}`;
  }

  unitText(unit) {
    const column = this.columnOf.get(unit);
    return this.facts
      .flatMap(([label, texts]) => (texts[column] ? [`${label} ${texts[column]}`] : []))
      .join(" \u00b7 ");
  }

  // The runs that are read out: [show, name].
  runs() {
    if (!this.compared) return [["this", this.name]];
    return [
      ["this", this.name],
      ["other", this.otherName],
      ["difference", "Difference"],
    ];
  }
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
