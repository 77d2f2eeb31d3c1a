// One side of the comparison: a slider over the checkpoints, its heatmap, and what the model says there.

class Slot {
  constructor(parent, letter, { look, onMove, onPoint, onPlay }) {
    Object.assign(this, { letter, look, at: 0 });
    this.root = html(parent, "div", { class: "slot", "data-slot": letter });
    this.head = html(this.root, "div", { class: "slot-head" });
    this.badge = html(this.head, "strong", { class: "badge" }, letter);
    this.title = html(this.head, "span", { class: "title" });
    this.play = html(this.head, "button", {
      type: "button",
      class: "play",
      "data-playing": 0,
      "aria-label": `Play ${letter}`,
    });
    const svg = node(this.play, "svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
    node(svg, "path", { class: "shape-play", d: "M8 5v14l11-7z" });
    node(svg, "path", { class: "shape-pause", d: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z" });
    this.slider = html(this.head, "input", { type: "range", min: 0, step: 1, "aria-label": `Checkpoint ${letter}` });
    this.numbers = html(this.head, "span", { class: "numbers" });
    for (const name of ["step", "loss", "validated"]) {
      const pair = html(this.numbers, "span");
      html(pair, "span", { class: "caption" }, `${name === "validated" ? "validation" : name} `);
      this[name] = html(pair, "span", { class: "number", "data-value": name });
    }
    this.map = new Heatmap(this.root, { look, onPoint, name: `Heatmap ${letter}` });
    this.says = new Says(this.root, look);
    this.slider.addEventListener("input", () => onMove(this, Number(this.slider.value)));
    this.play.addEventListener("click", () => onPlay(this));
  }

  setRun(run, at) {
    this.run = run;
    this.slider.max = run.last;
    this.at = Math.max(0, Math.min(run.last, at));
    setText(this.title, run.title);
    this.says.build(run);
  }

  show() {
    const mark = this.run.marks[this.at];
    this.slider.value = this.at;
    setAttr(
      this.slider,
      "aria-valuetext",
      `step ${wholeText(mark.step)}, ${this.run.lossName} ${fmt(mark.loss ?? NaN)}`,
    );
    setNumber(this.step, mark.step, wholeText(mark.step));
    setNumber(this.loss, mark.loss ?? NaN, fmt(mark.loss ?? NaN));
    setNumber(this.validated, mark.validated ?? NaN, fmt(mark.validated ?? NaN));
    setAttr(this.root, "data-checkpoint", this.at);
    this.says.show(this.at);
  }

  // Bytes are places in the colour table already: 0 to 255 for gates, 1 to 255 about 128 for what has a sign.
  picture(name) {
    const { run } = this;
    const signal = run.placeOf(name);
    const [, , steps, units] = run.counts;
    const start = run.start(this.at, signal);
    const table = this.look.table(run.signals[signal].kind === "unit" ? "sequential" : "diverging");
    return { tokens: run.tokens, units: run.units, indices: run.bytes.subarray(start, start + steps * units), table };
  }

  setPlaying(playing) {
    this.playing = playing;
    setAttr(this.play, "data-playing", playing ? 1 : 0);
    setAttr(this.play, "aria-label", `${playing ? "Pause" : "Play"} ${this.letter}`);
  }
}

// B minus A, of the units both have; the last colour is a round number just above the largest difference.
function difference(a, b, name, look) {
  const [inA, inB] = [a.run.placeOf(name), b.run.placeOf(name)];
  const pairs = commonUnits(a.run, b.run);
  const steps = Math.min(a.run.tokens.length, b.run.tokens.length);
  const values = new Float32Array(steps * pairs.length);
  let most = 0;
  for (let t = 0; t < steps; t += 1)
    for (let k = 0; k < pairs.length; k += 1) {
      const value = b.run.value(b.at, inB, t, pairs[k][1]) - a.run.value(a.at, inA, t, pairs[k][0]);
      values[t * pairs.length + k] = value;
      most = Math.max(most, Math.abs(value));
    }
  const scale = most > 0 ? roundStep(most, 1) : 1;
  const indices = Uint8Array.from(values, (value) => Math.round(128 + (127 * value) / scale));
  const units = pairs.map(([k]) => a.run.units[k]);
  return { tokens: a.run.tokens.slice(0, steps), units, indices, table: look.table("diverging"), values, scale };
}
