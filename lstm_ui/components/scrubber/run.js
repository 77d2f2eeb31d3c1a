// One run as it was sent: checkpoints x signals x tokens x units, one byte a value.

class Run {
  constructor(data) {
    Object.assign(this, data);
    this.bytes = bytesOf(data.data);
    this.counts = [data.marks.length, data.signals.length, data.tokens.length, data.units.length];
    this.says = Object.fromEntries(Object.entries(data.says).map(([name, text]) => [name, floatsOf(text)]));
    this.last = data.marks.length - 1;
  }

  // Which of its signals has this name: runs of different cells have different ones.
  placeOf(name) {
    return this.signals.findIndex((signal) => signal.name === name);
  }

  // Where the block (tokens x units) of a checkpoint's signal begins.
  start(checkpoint, signal) {
    const [, signals, steps, units] = this.counts;
    return (checkpoint * signals + signal) * steps * units;
  }

  value(checkpoint, signal, step, unit) {
    return this.read(this.bytes[this.start(checkpoint, signal) + step * this.counts[3] + unit], signal);
  }

  read(byte, signal) {
    const { kind, scale } = this.signals[signal];
    return kind === "unit" ? (byte / 255) * scale : ((byte - 128) / 127) * scale;
  }

  // A checkpoint's row of what the model says: losses, probabilities or tags.
  said(name, checkpoint) {
    const width = this.says[name].length / this.marks.length;
    return this.says[name].subarray(checkpoint * width, (checkpoint + 1) * width);
  }

  nearestTo(step) {
    return nearest(
      this.marks.map((mark) => mark.step),
      step,
    );
  }
}

// Two runs can show other units each; what both have is compared, by number.
function commonUnits(a, b) {
  if (a === b) return a.units.map((_, k) => [k, k]);
  const places = new Map(b.units.map((unit, k) => [unit, k]));
  return a.units.flatMap((unit, k) => (places.has(unit) ? [[k, places.get(unit)]] : []));
}
