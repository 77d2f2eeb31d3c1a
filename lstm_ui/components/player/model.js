// The payload, decoded: runs of typed arrays, and the few products the diagram needs beside what the core recorded.

function decodeBytes(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k += 1) bytes[k] = text.charCodeAt(k);
  return bytes;
}

// Products of two recorded numbers, rounded to float32 as the core's own products are.
const times = (a, b) => Math.fround(a * b);
const DERIVED = {
  fc: (run, t, u) => times(run.at("f", t, u), run.at("c_prev", t, u)),
  ig: (run, t, u) => times(run.at("i", t, u), run.at("g", t, u)),
  z1: (run, t, u) => Math.fround(1 - run.at("z", t, u)),
  zn: (run, t, u) => times(Math.fround(1 - run.at("z", t, u)), run.at("n", t, u)),
  zh: (run, t, u) => times(run.at("z", t, u), run.at("h_prev", t, u)),
  rh: (run, t, u) => times(run.at("r", t, u), run.at("h_prev", t, u)),
};

class Run {
  constructor(table, steps) {
    this.steps = steps;
    this.columns = new Map();
    const numbers = new Float32Array(decodeBytes(table.data).buffer);
    let offset = 0;
    for (const [name, width] of table.names) {
      this.columns.set(name, { width, data: numbers.subarray(offset, offset + width * steps) });
      offset += width * steps;
    }
  }

  has(name) {
    return this.columns.has(name) || name in DERIVED;
  }

  at(name, t, u) {
    const column = this.columns.get(name);
    return column ? column.data[t * column.width + u] : DERIVED[name](this, t, u);
  }

  // One step of a signal, all units: a view, not a copy.
  row(name, t) {
    const column = this.columns.get(name);
    return column.data.subarray(t * column.width, (t + 1) * column.width);
  }

  width(name) {
    return this.columns.get(name).width;
  }
}

class Model {
  constructor(data) {
    Object.assign(this, {
      id: data.id,
      cell: data.cell,
      variant: data.variant,
      reverse: data.reverse,
      steps: data.steps,
      hidden: data.hidden,
      features: data.features,
      below: data.below,
      tokens: data.tokens,
      subs: data.subs,
      notation: data.notation,
      position: data.position,
      track: data.track,
    });
    this.runs = data.runs.map((table) => new Run(table, data.steps));
    this.head = data.head ? new HeadModel(data.head, data.steps) : null;
    this.masks = new Map(Object.entries(data.held ?? {}).map(([signal, mask]) => [signal, decodeBytes(mask)]));
    this.peaks = new Map();
    // What decides the drawing; while it stays the same, a new payload only changes numbers.
    this.shape = JSON.stringify([
      data.cell,
      data.variant,
      data.hidden,
      data.features,
      data.below,
      data.reverse,
      data.runs.length,
      data.notation,
    ]);
  }

  get compared() {
    return this.runs.length > 1;
  }

  isHeld(signal, t, u) {
    const mask = this.masks.get(signal);
    return mask !== undefined && mask[t * this.hidden + u] === 1;
  }

  // The largest magnitude of a signal over all runs, so that a strip keeps its scale while the reader scrubs.
  peak(name) {
    if (!this.peaks.has(name)) {
      let peak = 0;
      for (const run of this.runs)
        for (const value of run.columns.get(name).data) peak = Math.max(peak, Math.abs(value));
      this.peaks.set(name, peak || 1);
    }
    return this.peaks.get(name);
  }

  // Where the step lies that is read next, 1 or -1, and the step that is read last.
  get onward() {
    return this.reverse ? -1 : 1;
  }

  get end() {
    return this.reverse ? 0 : this.steps - 1;
  }

  // Scale of a strip: gates and tanh values have one by nature.
  scale(name) {
    return ["i", "f", "o", "g", "r", "z", "n", "tanh_c"].includes(name)
      ? Math.max(1, this.peak(name))
      : this.peak(name);
  }
}

const GATES_01 = new Set(["i", "f", "o", "r", "z"]);

// Which signal lends its colour to a key: "a.f" is about f, "fc" about c, "h_prev" about h.
function signalOf(key) {
  const fixed = {
    fc: "c",
    ig: "c",
    tanh_c: "c",
    z1: "z",
    zn: "h",
    zh: "h",
    rh: "h",
    q: "h",
    c_prev: "c",
    h_prev: "h",
    c_in: "c",
    p: "y",
    sum: "y",
    lse: "y",
  };
  if (key in fixed) return fixed[key];
  return key.includes(".") ? key.split(".")[1] : key;
}

// What the diagram shows right now: one run, or the difference between two.
class View {
  constructor(model, mode) {
    this.model = model;
    this.mode = model.compared ? mode : "free";
    const [free, held] = [model.runs[0], model.runs[1] ?? model.runs[0]];
    this.run = this.mode === "free" ? free : held;
    this.other = !model.compared ? null : this.mode === "free" ? held : free;
    this.scratch = new Map();
  }

  at(key, t, u) {
    const value = this.run.at(key, t, u);
    return this.mode === "diff" ? Math.fround(value - this.other.at(key, t, u)) : value;
  }

  row(key, t) {
    const row = this.run.row(key, t);
    if (this.mode !== "diff") return row;
    if (!this.scratch.has(key)) this.scratch.set(key, new Float32Array(row.length));
    const difference = this.scratch.get(key);
    const base = this.other.row(key, t);
    for (let u = 0; u < row.length; u += 1) difference[u] = row[u] - base[u];
    return difference;
  }
}
