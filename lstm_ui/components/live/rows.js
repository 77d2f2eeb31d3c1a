// What has arrived of a run's history. Every row has a step; messages bring rows later than a step.

class Table {
  constructor(names) {
    this.names = names;
    this.clear();
  }

  clear() {
    for (const name of this.names) this[name] = [];
  }

  get count() {
    return this.step.length;
  }

  get last() {
    return this.step.at(-1) ?? -1;
  }

  // False when rows between those here and those of the message are missing.
  put({ after, count, even, data }) {
    if (this.last < after) return false;
    const kept = this.last > after ? this.step.findIndex((step) => step > after) : this.count;
    const values = floatsOf(data);
    let start = 0;
    this.names.forEach((name, k) => {
      this[name].length = kept;
      if (k === 0 && even) return; // steps at equal distances: first one and distance
      for (let row = 0; row < count; row += 1) this[name].push(values[start + row]);
      start += count;
    });
    if (even) for (let row = 0; row < count; row += 1) this.step.push(even[0] + row * even[1]);
    return true;
  }

  // Each `by` rows become one, as in the core: the step of the last, the mean of everything else.
  merge(by) {
    const count = Math.floor(this.count / by);
    this.names.forEach((name, k) => {
      const values = this[name];
      const mean = (row) => values.slice(row * by, (row + 1) * by).reduce((sum, value) => sum + value, 0) / by;
      this[name] = Array.from({ length: count }, (_, row) => (k === 0 ? values[(row + 1) * by - 1] : mean(row)));
    });
  }
}

class Curves {
  constructor() {
    this.rows = new Table(["step", "loss", "stability", "norm", "saturated"]);
    this.validations = new Table(["step", "loss", "score"]);
  }

  // Null, or, when something is missing, up to where everything is here.
  take({ run, stride, rows, validations }) {
    if (run !== this.run || stride % this.stride) {
      this.rows.clear();
      this.validations.clear();
    } else if (stride !== this.stride) {
      // The history was thinned. The rows here are thinned alike, so that the message need not repeat them.
      this.rows.merge(stride / this.stride);
    }
    Object.assign(this, { run, stride });
    const whole = [this.rows.put(rows), this.validations.put(validations)];
    if (whole.every(Boolean)) return null;
    return { run, stride, step: this.rows.last, validated: this.validations.last };
  }
}

// Exponential mean, corrected for its start; a gap stays a gap and is stepped over.
function smooth(values, keep) {
  let sum = 0,
    weight = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return NaN;
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}
