// The scrubber: holds which checkpoints and which signal are shown, and brings everything up to date once a frame.

const SETTLE = 500; // milliseconds without a change before the page is told
const PACE = 220; // milliseconds a checkpoint while playing

class Scrubber {
  constructor(root, data, send) {
    Object.assign(this, { root, send, mode: "one", signal: 0, cell: null });
    this.find = (selector) => root.querySelector(selector);
    this.look = new Look(root);
    keepKeys(root);
    const options = {
      look: this.look,
      onMove: (slot, at) => this.move(slot, at),
      onPoint: (cell) => this.pointAt(cell),
      onPlay: (slot) => this.toggle(slot),
    };
    this.slots = ["A", "B"].map((letter) => new Slot(this.find(".slots"), letter, options));
    this.diff = new Heatmap(this.find(".diff"), { ...options, name: "Heatmap of the difference, B minus A" });
    this.curve = new LossCurve(root, this.look, { slots: () => this.shown(), onMove: options.onMove });
    this.bar = new Surface(this.find(".legend-bar"), (ctx, width, height) => this.paintBar(ctx, width, height));
    this.listen();
    this.setData(data);
  }

  setData({ a, b }) {
    const themed = this.look.read();
    if (sameRun(a, this.a) && sameRun(b, this.b)) {
      if (themed) {
        this.curve.build(a, b);
        this.changed();
      }
      return;
    }
    const same = this.id === a.id && this.idOfB === (b?.id ?? null);
    [this.a, this.b] = [a, b];
    const runs = [new Run(a), b ? new Run(b) : null];
    runs[1] ??= runs[0];
    // A new run begins where it says. When an old one gets more checkpoints, its reader's step is kept; who stood at the
    // last one stands there again, without asking the page for anything.
    const told = same && this.sent === JSON.stringify(this.moment());
    const places = this.slots.map(({ run, at }) => (same ? { step: run.marks[at].step, ended: at === run.last } : null));
    [this.id, this.idOfB] = [a.id, b?.id ?? null];
    this.slots.forEach((slot, k) => {
      const place = places[k];
      const start = k === 0 || b ? runs[k].chosen : 0;
      const kept = place?.ended ? runs[k].last : runs[k].nearestTo(place?.step ?? 0);
      slot.setRun(runs[k], place ? kept : start);
    });
    if (!same && b) this.mode = "two";
    // Of two runs, what both have: an RNN has no gates.
    this.names = a.signals.map(({ name }) => name).filter((name) => runs[1].placeOf(name) >= 0);
    this.signal = Math.min(this.signal, this.names.length - 1);
    if (!same || told) this.sent = JSON.stringify(this.moment());
    this.buildTabs();
    const out = [...new Set([...a.left_out, ...(b?.left_out ?? [])])];
    setText(this.find(".left-out"), out.length ? `To keep this quick, shown are ${out.join("; ")}.` : "");
    this.find(".left-out").hidden = !out.length;
    this.curve.build(a, b);
    setText(this.find('[data-mode-of="two"]'), b ? "Two runs" : "Two moments");
    this.changed();
  }

  buildTabs() {
    const { names } = this;
    const list = this.find(".signals");
    if (list.gsNames === names.join()) return;
    list.gsNames = names.join();
    list.replaceChildren();
    this.tabs = names.map((name, k) => {
      const tab = html(list, "button", {
        type: "button",
        role: "tab",
        "data-signal": name,
        "aria-label": `signal ${name}`,
      });
      html(tab, "i", {}, name);
      tab.addEventListener("click", () => this.choose(k));
      return tab;
    });
  }

  listen() {
    for (const button of this.root.querySelectorAll("[data-mode-of]"))
      button.addEventListener("click", () => {
        this.mode = button.dataset.modeOf;
        this.changed();
      });
    this.find(".signals").addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.choose((this.signal + by + this.tabs.length) % this.tabs.length);
      this.tabs[this.signal].focus();
    });
  }

  // The slots on the screen.
  shown() {
    return this.mode === "one" ? [this.slots[0]] : this.slots;
  }

  choose(signal) {
    this.signal = signal;
    this.changed();
  }

  move(slot, at) {
    at = Math.max(0, Math.min(slot.run.last, at));
    if (at === slot.at) return;
    slot.at = at;
    this.changed();
  }

  pointAt(cell) {
    if (cell?.join() === this.cell?.join()) return;
    this.cell = cell;
    this.changed();
  }

  toggle(slot) {
    slot.setPlaying(!slot.playing);
    if (!slot.playing) return this.settle();
    if (slot.at === slot.run.last) this.move(slot, 0);
    slot.clock = performance.now();
    requestAnimationFrame((now) => this.tick(slot, now));
    return undefined;
  }

  tick(slot, now) {
    if (!slot.playing || this.closed) return;
    if (now - slot.clock >= PACE) {
      slot.clock = now;
      if (slot.at >= slot.run.last) {
        slot.setPlaying(false);
        this.settle();
      } else this.move(slot, slot.at + 1);
    }
    requestAnimationFrame((next) => this.tick(slot, next));
  }

  paintBar(ctx, width, height) {
    const table = this.look.table(this.legend === "unit" ? "sequential" : "diverging");
    for (let x = 0; x < width; x += 1) {
      ctx.fillStyle = table.css[table.index(x / (width - 1))];
      ctx.fillRect(x, 0, 1.5, height);
    }
  }

  changed() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = null;
    if (this.closed) return;
    const [a, b] = this.slots;
    setAttr(this.root, "data-mode-now", this.mode);
    for (const button of this.root.querySelectorAll("[data-mode-of]"))
      setAttr(button, "aria-pressed", button.dataset.modeOf === this.mode);
    this.tabs.forEach((tab, k) => {
      setAttr(tab, "aria-selected", k === this.signal);
      tab.tabIndex = k === this.signal ? 0 : -1;
    });
    const shown = this.shown();
    b.root.hidden = this.mode === "one";
    for (const slot of this.slots) slot.map.canvas.hidden = this.mode === "diff";
    this.find(".diff").hidden = this.mode !== "diff";
    for (const slot of shown) slot.show();
    const diff = this.mode === "diff" ? difference(a, b, this.names[this.signal], this.look) : null;
    if (diff) this.diff.show(diff, this.cell);
    else for (const slot of shown) slot.map.show(slot.picture(this.names[this.signal]), this.cell);
    this.writeLegend(diff);
    this.writeReading(shown, diff);
    this.curve.surface.render();
    setAttr(this.root, "data-ready", 1);
    this.settle();
  }

  writeLegend(diff) {
    const [inA, inB] = this.slots.map(({ run }) => run.signals[run.placeOf(this.names[this.signal])]);
    const { kind, scale, name } = inA;
    const scales = [scale, this.b ? inB.scale : scale];
    this.legend = diff ? "signed" : kind;
    const top = diff ? diff.scale : scale;
    setText(this.find(".legend-low"), this.legend === "unit" ? "0 closed" : fmtShort(-top));
    setText(this.find(".legend-high"), this.legend === "unit" ? "1 open" : `+${fmtShort(top)}`);
    const other = !diff && scales[0] !== scales[1] ? ` In B the last colours mean \u00b1${fmtShort(scales[1])}.` : "";
    setText(
      this.find(".legend-words"),
      `${diff ? `B \u2212 A of ${name}` : name}: one row a unit, one column a token.${other}`,
    );
    this.bar.render();
  }

  writeReading(shown, diff) {
    const reading = this.find(".reading");
    if (!this.cell) return setText(reading, "");
    const [t, u] = this.cell;
    const name = this.names[this.signal];
    const parts = diff
      ? [`B \u2212 A ${fmtSigned(diff.values[t * diff.units.length + u])}`]
      : shown.map((slot) => {
          if (u >= slot.run.units.length || t >= slot.run.tokens.length) return "";
          const value = slot.run.value(slot.at, slot.run.placeOf(name), t, u).toFixed(3).replace("-", MINUS);
          return this.mode === "one" ? value : `${slot.letter} ${value}`;
        });
    const unit = (diff ?? shown[0].run).units[u];
    const token = this.slots[0].run.tokens[t];
    if (unit === undefined || !token) return setText(reading, "");
    const said = parts.filter(Boolean).join(", ");
    const text = `${name}, unit ${unit + 1}, token ${t + 1} ${token.name || token.shown}: ${said}`;
    setText(reading, text);
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => setText(this.find(".spoken"), text), 500);
    return undefined;
  }

  moment() {
    const step = (slot) => slot.run.marks[slot.at].step;
    return { id: this.id, a: step(this.slots[0]), b: this.mode === "one" ? null : step(this.slots[1]) };
  }

  settle() {
    clearTimeout(this.settling);
    if (this.slots.some((slot) => slot.playing)) return;
    this.settling = setTimeout(() => {
      const text = JSON.stringify(this.moment());
      if (text === this.sent || this.closed) return;
      this.sent = text;
      this.send(this.moment());
    }, SETTLE);
  }

  surfaces() {
    return [this.curve.surface, this.bar, this.diff.surface, ...this.slots.map((slot) => slot.map.surface)];
  }

  open() {
    this.closed = false;
    for (const surface of this.surfaces()) surface.open();
  }

  close() {
    this.closed = true;
    clearTimeout(this.settling);
    for (const slot of this.slots) slot.setPlaying(false);
    for (const surface of this.surfaces()) surface.close();
  }
}

// Equal data may come as another object; where to begin does not count.
function sameRun(x, y) {
  if (!x || !y || x === y) return x === y;
  const rest = (run) => JSON.stringify({ ...run, data: null, chosen: null });
  return x.id === y.id && x.data === y.data && rest(x) === rest(y);
}

// Streamlit calls this again, on the same element, when data or theme change.
export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = setStateValue;
  if (root.gsScrubber?.closed) root.gsScrubber.open();
  if (root.gsScrubber) root.gsScrubber.setData(data);
  else root.gsScrubber = new Scrubber(root, data, (moment) => root.gsSend("checkpoint", moment));
  return () => root.gsScrubber?.close();
}
