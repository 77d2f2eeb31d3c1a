// The numbers of a split: the parts of one unit or of all together, their sum and the total, at every step.

class Parts {
  constructor(data) {
    Object.assign(this, data);
    this.steps = data.tokens.length;
    this.count = data.parts.length;
    this.all = doublesOf(data.bars);
    this.wholes = doublesOf(data.totals);
    this.pureNorms = data.pure && doublesOf(data.pure.norms);
  }

  // Row 0 is all units together, row k + 1 the k-th unit that was sent.
  row(unit) {
    return unit == null ? 0 : this.units.indexOf(unit) + 1;
  }

  part(row, k, t) {
    return this.all[(row * this.count + k) * this.steps + t];
  }

  total(row, t) {
    return this.wholes[row * this.steps + t];
  }

  sum(row, t) {
    let sum = 0;
    for (let k = 0; k < this.count; k += 1) sum += this.part(row, k, t);
    return sum;
  }

  // What all parts are together, whatever their signs.
  size(row, t) {
    let size = 0;
    for (let k = 0; k < this.count; k += 1) size += Math.abs(this.part(row, k, t));
    return size;
  }

  addUp(row, t) {
    return Math.abs(this.total(row, t) - this.sum(row, t)) <= 1e-5 * this.size(row, t);
  }

  // The step that the way back reaches last.
  get end() {
    return this.reverse ? this.steps - 1 : 0;
  }

  name(row) {
    return row ? `unit ${this.units[row - 1] + 1}` : "all units";
  }

  totalName(row) {
    return row ? `dL/d${this.state}` : `|dL/d${this.state}|`;
  }

  token(t) {
    const { shown, name } = this.tokens[t];
    return `step ${t + 1}: ${shown}${name ? ` (${name})` : ""}`;
  }

  describe(row, t) {
    const parts = this.parts.map(({ label }, k) => `${label} ${fmt(this.part(row, k, t))}`);
    return `${this.token(t)}, ${this.name(row)}: ${parts.join(", ")}; total ${fmt(this.total(row, t))}`;
  }
}
