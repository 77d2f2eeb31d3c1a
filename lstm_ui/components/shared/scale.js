// Axes: from numbers to places, and round numbers to write beside them.

class Scale {
  constructor(low, high, start, end, log = false) {
    Object.assign(this, { low, high, start, end, log });
    this.map = log ? Math.log10 : (value) => value;
    const [a, b] = [this.map(low), this.map(high)];
    this.origin = a;
    this.factor = b > a ? (end - start) / (b - a) : 0;
  }

  at(value) {
    return this.start + (this.map(value) - this.origin) * this.factor;
  }

  // The value at a place.
  from(place) {
    const value = this.origin + (this.factor ? (place - this.start) / this.factor : 0);
    return this.log ? 10 ** value : value;
  }

  ticks(count) {
    if (!this.log) return roundTicks(this.low, this.high, count);
    const decades = Math.log10(this.high / this.low);
    if (decades < 0.7) return roundTicks(this.low, this.high, count).filter((tick) => tick > 0);
    const marks = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
    const every = Math.max(1, Math.ceil(decades / count));
    const found = [];
    for (let e = Math.floor(Math.log10(this.low)); e <= Math.log10(this.high); e += 1) {
      if (e % every) continue;
      for (const mark of marks) {
        const tick = mark * 10 ** e;
        if (tick >= this.low * 0.999 && tick <= this.high * 1.001) found.push(tick);
      }
    }
    return found;
  }
}

function roundStep(span, count) {
  const raw = span / Math.max(1, count);
  const size = 10 ** Math.floor(Math.log10(raw));
  return size * [1, 2, 2.5, 5, 10].find((step) => step * size >= raw * 0.999);
}

function roundTicks(low, high, count) {
  if (!(high > low)) return [low];
  const step = roundStep(high - low, count);
  const found = [];
  const last = high + step * 1e-9;
  // "or 0": there is a minus zero, and it would be written.
  for (let k = Math.ceil(low / step - 1e-9); k * step <= last; k += 1) found.push(k * step || 0);
  return found;
}

// Ticks of one axis get the same number of decimals; very small and very large ones a power of ten.
function tickTexts(ticks) {
  const largest = Math.max(...ticks.map(Math.abs));
  if (largest >= 1e5 || (largest < 1e-3 && largest > 0)) return ticks.map((tick) => (tick ? powerText(tick) : "0"));
  const steps = ticks.slice(1).map((tick, k) => Math.abs(tick - ticks[k]));
  const finest = Math.min(largest || 1, ...steps);
  let digits = 0;
  while (digits < 6 && Math.abs(finest * 10 ** digits - Math.round(finest * 10 ** digits)) > 1e-6) digits += 1;
  return ticks.map((tick) => tick.toFixed(digits).replace("-", MINUS));
}

function powerText(value) {
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits.replace(".0", "").replace("-", MINUS)}e${exponent.replace("+", "").replace("-", MINUS)}`;
}

function wholeText(value) {
  return Math.round(value).toLocaleString("en");
}

// The smallest and largest of several columns, with a little room; null when there is no number to show.
function rangeOf(columns, log) {
  let low = Infinity,
    high = -Infinity;
  for (const column of columns)
    for (const value of column) {
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  if (low > high) return null;
  if (log) return low === high ? [low / 2, high * 2] : [low / (high / low) ** 0.05, high * (high / low) ** 0.05];
  const room = (high - low || Math.abs(high) || 1) * 0.05;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function nearest(column, value) {
  let low = 0,
    high = column.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - column[low - 1] < column[low] - value ? low - 1 : low;
}
