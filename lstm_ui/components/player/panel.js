// The panel beside the diagram: what happens in this sub-step, in words, formulas, numbers and bars.

const BLOCKS = { formula: FormulaBlock, note: NoteBlock, vector: VectorBlock, curve: CurveBlock, head: HeadBlock };

class Panel {
  constructor(root, actions) {
    this.actions = actions;
    this.memory = {}; // what blocks remember while the reader goes from sub-step to sub-step
    this.title = root.querySelector(".panel-title");
    this.words = root.querySelector(".panel-words");
    this.body = root.querySelector(".panel-body");
    this.compare = root.querySelector(".panel-compare");
    this.which = root.querySelector(".panel-which");
    this.notes = root.querySelector(".panel-notes");
    this.blocks = [];
  }

  show(model, sub) {
    const chapter = model.subs[sub - 1];
    const head = chapter.blocks.some(({ type }) => type === "head");
    setText(this.title, `Sub-step ${sub}: ${chapter.title}`);
    setText(this.words, chapter.words);
    this.body.replaceChildren();
    const crowded = chapter.blocks.filter(({ type }) => type === "formula").length > 2 || head;
    setAttr(this.body, "data-roomy", crowded ? "0" : "1");
    this.blocks = chapter.blocks.map((block) => new BLOCKS[block.type](this.body, block, model, this));
    this.notes.replaceChildren();
    for (const note of model.notation.notes) html(this.notes, "p", {}, note);
    this.notes.hidden = model.notation.notes.length === 0;
    const compared = model.compared && !head; // what the net says has columns of its own
    this.compare.hidden = !compared;
    this.lines = compared ? this.compareRows(model) : [];
  }

  // Free, held and difference of every signal, always all three: the eye should not have to remember one of them.
  compareRows(model) {
    const body = this.compare.querySelector("tbody");
    body.replaceChildren();
    return model.track.compare.map((key) => {
      const row = html(body, "tr", { "data-compare": key });
      const name = html(row, "th", { scope: "row", style: `color:var(--gs-${signalOf(key)}-ink)` });
      writeHtml(html(name, "span"), model.notation.labels[key] ?? key);
      const pin = html(name, "span", { class: "pin", title: "held here", role: "img", "aria-label": "held here" });
      lockIcon(pin);
      const cells = ["free", "held", "diff"].map((kind) =>
        html(row, "td", { class: "value", "data-value": key, "data-run": kind }),
      );
      return { key, pin, cells };
    });
  }

  update(context) {
    for (const block of this.blocks) block.update(context);
    const { model, view, t, u } = context;
    setText(this.which, view.mode === "free" ? "The formulas show the free run." : "The formulas show the held run.");
    for (const { key, pin, cells } of this.lines) {
      const free = model.runs[0].at(key, t, u),
        held = model.runs[1].at(key, t, u);
      const difference = Math.fround(held - free);
      setNumber(cells[0], free, fmt(free));
      setNumber(cells[1], held, fmt(held));
      setNumber(cells[2], difference, fmtSigned(difference));
      pin.hidden = !model.isHeld(key, t, u);
    }
  }
}
