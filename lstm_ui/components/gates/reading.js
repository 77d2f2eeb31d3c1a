// What the pointer is at, else what is chosen: the token, the unit, and every signal's number there.

class Reading {
  constructor(root) {
    this.words = root.querySelector(".reading-words");
    this.facts = root.querySelector(".reading-facts");
    this.box = root.querySelector(".reading-values");
    this.spoken = root.querySelector(".spoken");
  }

  build(model) {
    const runs = model.runs();
    this.model = model;
    this.box.replaceChildren();
    setAttr(this.box, "data-compared", model.compared);
    if (model.compared) {
      const names = html(this.box, "div", { class: "reading-cell runs" });
      html(names, "i", {}, "\u00a0");
      for (const [, name] of runs) html(names, "span", {}, name);
    }
    this.cells = model.signals.map((signal) => {
      const cell = html(this.box, "div", { class: "reading-cell", "data-read": signal.name });
      html(cell, "i", { style: `color: var(--gs-${signal.name}-ink)` }, signal.name);
      return {
        signal,
        numbers: runs.map(([show]) => [show, html(cell, "span", { class: "number", "data-run": show })]),
      };
    });
  }

  show({ t, column, heard, show }) {
    const { model } = this;
    const token = `Token ${t + 1}: ${model.tokenText(t, show)}`;
    const unit = column == null ? "" : `, unit ${model.units[column] + 1}`;
    setText(this.words, token + unit);
    setText(
      this.facts,
      column == null ? "Point at a cell to read it, click to choose its unit." : model.unitText(model.units[column]),
    );
    for (const { signal, numbers } of this.cells)
      for (const [run, element] of numbers) {
        const value = column == null ? NaN : model.value(signal, t, column, run);
        setNumber(element, value, run === "difference" ? fmtSigned(value) : fmt(value));
      }
    clearTimeout(this.speaking);
    if (heard) this.speaking = setTimeout(() => setText(this.spoken, this.said(t, column, show)), 600);
  }

  said(t, column, show) {
    const { model } = this;
    const values = model.signals.map((signal) => `${signal.name} ${fmt(model.value(signal, t, column, show))}`);
    return `${this.words.textContent}: ${(column == null ? [] : values).join(", ")}. ${this.facts.textContent}`;
  }

  stop() {
    clearTimeout(this.speaking);
  }
}
