// The saturation map: takes new numbers as they come, and draws once a frame what changed.

class SaturationMap {
  constructor(root, chart, send) {
    Object.assign(this, { root, chart, send, sort: "stored", pointed: null, panes: [] });
    this.look = new Look(root);
    keepKeys(root);
    this.find = (name) => root.querySelector(name);
    this.sorts = [...root.querySelectorAll("[data-sort]")];
    for (const button of this.sorts) button.addEventListener("click", () => this.set({ sort: button.dataset.sort }));
    this.box = this.find(".panes");
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.point(null));
    this.hear = (event) => event.detail?.chart === chart && this.take(event.detail);
    this.open();
  }

  open() {
    this.closed = false;
    for (const { stacks, scatter } of this.panes) for (const each of [stacks, scatter]) each.surface.open();
    document.addEventListener("gatescope-live", this.hear);
    document.dispatchEvent(new CustomEvent("gatescope-live-ready", { detail: this.chart }));
    this.changed();
  }

  // Units keep their places while the same net is shown, so what is pointed at stays pointed at.
  take(data) {
    const content = JSON.stringify(data);
    if (content === this.content) return;
    const old = this.shares;
    this.content = content;
    this.shares = new Shares(data);
    const names = this.shares.gates.map(({ name }) => name).join();
    if (names !== this.names) this.buildPanes(this.shares.gates);
    this.names = names;
    const isSame = old?.id === data.id && old.units.join() === data.units.join();
    if (!isSame) this.pointed = null;
    if (!isSame || data.chosen !== old.chosen) this.chosen = this.placeOf(data.chosen);
    this.changed();
  }

  placeOf(unit) {
    const place = unit == null ? -1 : this.shares.units.indexOf(unit);
    return place < 0 ? null : place;
  }

  buildPanes(gates) {
    for (const { stacks, scatter } of this.panes) for (const each of [stacks, scatter]) each.surface.close();
    this.box.replaceChildren();
    const actions = { point: (k) => this.point(k), pick: (k) => this.pick(k) };
    this.panes = gates.map(({ name }) => {
      const pane = html(this.box, "figure", { class: "pane", "data-gate": name });
      const caption = html(pane, "figcaption");
      const letter = html(caption, "i", {}, name);
      letter.style.color = `var(--gs-${name}-ink)`;
      html(caption, "span", { class: "gate-name" }, GATE_WORDS[name] ?? "gate");
      const values = {};
      for (const part of ["shut", "open"]) {
        const said = html(caption, "span", { class: "share" }, `${part} `);
        values[part] = html(said, "span", { class: "number", "data-value": `${name}-${part}` });
      }
      const row = html(pane, "div", { class: "pictures" });
      return { values, stacks: new Stacks(row, this.look, actions), scatter: new Scatter(row, this.look, actions) };
    });
  }

  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    const by = moves[event.key];
    if (!this.shares?.count) return;
    const order = this.shares.order(this.sort);
    const from = this.pointed ?? this.chosen;
    if (by !== undefined) {
      const next = from == null ? (by > 0 ? 0 : order.length - 1) : order.indexOf(from) + by;
      this.point(order[Math.max(0, Math.min(order.length - 1, next))]);
    } else if (event.key === "Enter" || event.key === " ") this.pick(from);
    else if (event.key === "Escape") this.point(null);
    else return;
    event.preventDefault();
  }

  set(change) {
    Object.assign(this, change);
    this.changed();
  }

  point(k) {
    if (k === this.pointed) return;
    this.pointed = k;
    this.changed();
  }

  pick(k) {
    if (k == null) return;
    this.chosen = k;
    this.changed();
    this.send({ id: this.shares.id, unit: this.shares.units[k] });
  }

  changed() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = null;
    if (this.closed || !this.shares) return;
    const { shares, pointed, chosen } = this;
    const order = shares.order(this.sort);
    shares.gates.forEach((gate, k) => {
      const { values, stacks, scatter } = this.panes[k];
      const found = shares.at(gate, pointed ?? chosen);
      for (const part of ["shut", "open"]) setNumber(values[part], found[part], shareText(found[part]));
      const scene = { shares, gate, order, pointed, chosen };
      stacks.show(scene);
      scatter.show(scene);
    });
    this.write(shares, pointed ?? chosen, order);
    setAttr(this.root, "data-ready", 1);
  }

  write(shares, k, order) {
    for (const button of this.sorts) {
      setAttr(button, "aria-pressed", button.dataset.sort === this.sort);
      if (button.dataset.sort === "open") setText(button, `Most open ${shares.keeper?.name ?? ""} first`);
    }
    const isEmpty = !shares.gates.length;
    for (const name of [".tools", ".panes", ".reading"]) this.find(name).hidden = isEmpty;
    this.find(".no-gates").hidden = !isEmpty;
    setText(this.find(".reading"), shares.name(k));
    setText(this.find(".dead"), shares.deadWords());
    setText(this.find(".about"), shares.about);
    setAttr(this.box, "aria-valuemin", 1);
    setAttr(this.box, "aria-valuemax", Math.max(1, shares.count));
    setAttr(this.box, "aria-valuenow", k == null ? 1 : order.indexOf(k) + 1);
    setAttr(this.box, "aria-valuetext", shares.describe(k));
    clearTimeout(this.speaking);
    // Read out when the reader moves, not when new numbers come.
    if (this.pointed != null && this.pointed !== this.told)
      this.speaking = setTimeout(() => {
        this.told = this.pointed;
        setText(this.find(".spoken"), shares.describe(k));
      }, 500);
  }

  themed() {
    if (this.look.read()) this.changed();
  }

  close() {
    this.closed = true;
    clearTimeout(this.speaking);
    document.removeEventListener("gatescope-live", this.hear);
    for (const { stacks, scatter } of this.panes) for (const each of [stacks, scatter]) each.surface.close();
  }
}

// Streamlit calls this again, on the same element, when the theme changes.
export default function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = setTriggerValue;
  root.gsSaturation ??= new SaturationMap(root, data.chart, (pick) => root.gsSend("pick", pick));
  if (root.gsSaturation.closed) root.gsSaturation.open();
  root.gsSaturation.themed();
  return () => root.gsSaturation?.close();
}
