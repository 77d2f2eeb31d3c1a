// The numbers of a ledger: the bars of one unit or of all together, their running sum, and what to say of them.

class Book {
  constructor(data) {
    Object.assign(this, data);
    this.steps = data.tokens.length;
    this.all = floatsOf(data.bars);
    this.heldCells = data.held && bytesOf(data.held);
    this.written = data.writes && floatsOf(data.writes);
  }

  // Row 0 is all units together, row k + 1 the k-th unit.
  row(unit) {
    return unit == null ? 0 : this.units.indexOf(unit) + 1;
  }

  barsOf(row) {
    return this.all.subarray(row * this.steps, (row + 1) * this.steps);
  }

  writesOf(row) {
    return this.written && row > 0 ? this.written.subarray((row - 1) * this.steps, row * this.steps) : null;
  }

  isHeldAt(row, t) {
    if (!this.heldCells) return false;
    return row ? this.heldCells[(row - 1) * this.steps + t] > 0 : this.heldUnits[t] > 0;
  }

  wasRead(t) {
    return this.reverse ? t >= this.step : t <= this.step;
  }

  // Places on the axis: one a token, and one for the initial state, which stands where the reading begins.
  get places() {
    return this.steps + 1;
  }

  get initialPlace() {
    return this.reverse ? this.steps : 0;
  }

  placeOf(t) {
    return this.reverse ? t : t + 1;
  }

  // The token at a place; null: the initial state.
  tokenAt(place) {
    return place === this.initialPlace ? null : this.reverse ? place : place - 1;
  }

  // The first and the last token of some places.
  tokensOf([first, last]) {
    return this.reverse ? [first, Math.min(last, this.steps - 1)] : [Math.max(0, first - 1), last - 1];
  }

  valueAt(row, place) {
    const t = this.tokenAt(place);
    return t == null ? this.initial[row] : this.wasRead(t) ? this.barsOf(row)[t] : NaN;
  }

  // From the initial state on, in the order in which the cell read: [place, sum so far].
  running(row) {
    const found = [[this.initialPlace, this.initial[row]]];
    const bars = this.barsOf(row);
    for (let k = 0, sum = this.initial[row]; k < this.read; k += 1) {
      const t = this.reverse ? this.steps - 1 - k : k;
      sum += bars[t];
      found.push([this.placeOf(t), sum]);
    }
    return found;
  }

  size(row) {
    return this.barsOf(row).reduce((sum, bar) => sum + Math.abs(bar), Math.abs(this.initial[row]));
  }

  // Places, both included, that hold 90 % of what is left; null where nothing is.
  recent(row) {
    const count = this.reach[row];
    if (!count) return null;
    const last = this.placeOf(this.step);
    return this.reverse ? [last, last + count - 1] : [last - count + 1, last];
  }

  name(row) {
    return row ? `unit ${this.units[row - 1] + 1}` : "all units";
  }

  totalName(row) {
    return row ? `recorded ${this.signal}` : `length of the recorded ${this.signal}`;
  }

  factsOf(row) {
    const count = this.reach[row];
    const facts = [];
    if (!count) facts.push("All bars are 0: nothing is left of anything.");
    else if (count > this.read) facts.push("90 % of it needs the initial state.");
    else facts.push(`90 % of it was written in the last ${count === 1 ? "token" : `${count} tokens`}.`);
    if (row) facts.push(`Half-life: ${lifeText(this.halfLives[row - 1])}.`);
    else facts.push(`Bars of all ${this.hidden} units, projected on the direction of ${this.signal}.`);
    return facts.join(" ");
  }

  // The words of the reading line.
  describe(row, place) {
    const t = this.tokenAt(place);
    const value = this.valueAt(row, place);
    const share = `${shareText(Math.abs(value) / (this.size(row) || 1))} of all bars`;
    if (t == null) return `initial state: ${fmt(value)} is left of it, ${share}`;
    const { shown, name } = this.tokens[t];
    const token = `token ${t + 1}: ${shown}${name ? ` (${name})` : ""}`;
    if (!this.wasRead(t)) return `${token}, not read yet`;
    if (this.isHeldAt(row, t)) return `${token}, ${this.heldWords(row, t)}: bar ${fmt(value)}, ${share}`;
    const wrote = this.writesOf(row)?.[t];
    if (wrote == null) return `${token}, bar ${fmt(value)}, ${share}`;
    const left = wrote ? `, ${shareText(value / wrote)} of it is left` : "";
    return `${token}, wrote ${fmt(wrote)}${left}: bar ${fmt(value)}, ${share}`;
  }

  heldWords(row, t) {
    return row ? "held" : `held in ${this.heldUnits[t]} of ${this.hidden} units`;
  }
}

function lifeText(life) {
  if (life == null) return "endless, its gate never let go";
  if (life >= 1e4) return "more than 10,000 tokens";
  return `${life < 0.05 ? "0" : Number(life.toPrecision(2))} tokens`;
}

// For a column of the list.
function shortLife(life) {
  if (life == null) return "\u221e";
  if (life >= 1e4) return ">10k";
  return life < 9.95 ? life.toFixed(1) : String(Math.round(life));
}

function shareText(share) {
  if (share > 0 && share < 0.001) return "less than 0.1 %";
  return `${share < 0.0995 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
}
