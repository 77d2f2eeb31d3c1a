// The numbers of the map: for each gate and unit the share of time it is shut and open; the orders; the words.

const GATE_WORDS = { i: "input gate", f: "forget gate", o: "output gate", r: "reset gate", z: "update gate" };
const MOST_NAMED = 12; // dead units that are named one by one

class Shares {
  constructor(data) {
    Object.assign(this, data);
    this.count = data.units.length;
    this.gates = data.gates.map(({ name, shut, open }) => ({ name, shut: floatsOf(shut), open: floatsOf(open) }));
    this.isDead = new Set(data.dead);
    // The gate that keeps the memory; where it is not shown, the first one.
    this.keeper = this.gates.find(({ name }) => name === "f" || name === "z") ?? this.gates[0];
  }

  // Places of `units` in the order of the columns.
  order(sort) {
    const places = Array.from({ length: this.count }, (_, k) => k);
    if (sort === "stored" || !this.gates.length) return places;
    const total = (k) => this.gates.reduce((sum, { shut, open }) => sum + shut[k] + open[k], 0);
    const weight = Float64Array.from(places, sort === "open" ? (k) => this.keeper.open[k] : total);
    return places.sort((a, b) => weight[b] - weight[a] || a - b);
  }

  // Of one unit, or the mean of all: what stands beside the gate's name.
  at(gate, k) {
    if (k != null) return { shut: gate.shut[k], open: gate.open[k] };
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, this.count);
    return { shut: mean(gate.shut), open: mean(gate.open) };
  }

  name(k) {
    if (k == null) return `Mean of all ${this.count} units. Point at a unit, click to choose it.`;
    return `Unit ${this.units[k] + 1}${this.isDead.has(this.units[k]) ? ", dead" : ""}`;
  }

  describe(k) {
    const said = this.gates.map((gate) => {
      const { shut, open } = this.at(gate, k);
      return `${gate.name} shut ${shareText(shut)}, open ${shareText(open)}`;
    });
    return [k == null ? "mean of all units" : this.name(k), ...said].join("; ");
  }

  deadWords() {
    if (this.few) return "The text is too short to say which units are dead.";
    const names = this.dead.map((unit) => unit + 1);
    if (!names.length) return "No unit is dead: every h moves.";
    const listed = names.slice(0, MOST_NAMED).join(", ");
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
    const start = names.length === 1 ? "1 unit is dead" : `${names.length} units are dead`;
    return `${start}, h never leaves a band of 0.01 around its middle: ${listed}${more}.`;
  }
}

function shareText(share) {
  if (share > 0 && share < 0.001) return "<0.1 %";
  if (share < 1 && share > 0.999) return ">99.9 %";
  return `${Number((100 * share).toFixed(1))} %`;
}
