// The chosen unit: the text coloured by one of its signals, and its numbers at the chosen step.

class UnitPane {
  constructor(root, look, actions) {
    Object.assign(this, { look, actions });
    this.find = (selector) => root.querySelector(`.unit ${selector}`);
    this.root = root.querySelector(".unit");
    this.title = root.querySelector(".unit-title");
    this.facts = root.querySelector(".unit-facts");
    this.lines = new Lines(root, look);
    this.text = new Text(root, look, { point: actions.pointStep, pick: actions.pickStep });
    this.bar = new Legend(this.find(".text-legend"), look);
    this.find('[data-do="open"]').addEventListener("click", actions.open);
  }

  build(model) {
    this.model = model;
    this.painted = null;
    const choice = this.find(".colour-by");
    choice.replaceChildren();
    this.buttons = model.signals.map(({ name, words }) => {
      const button = html(choice, "button", {
        type: "button",
        "data-colour-by": name,
        "aria-label": `${name}, ${words}`,
      });
      html(button, "i", {}, name);
      button.addEventListener("click", () => this.actions.colour(name));
      return button;
    });
    this.buildTable(model);
  }

  buildTable(model) {
    const table = this.find("table");
    table.replaceChildren();
    setAttr(table, "data-compared", model.compared);
    const head = html(html(table, "thead"), "tr");
    html(head, "th", { scope: "col" }, "Signal");
    for (const [, name] of model.runs()) html(head, "th", { scope: "col" }, model.compared ? name : "Value");
    const body = html(table, "tbody");
    this.cells = model.signals.map((signal) => {
      const row = html(body, "tr", { "data-signal": signal.name });
      const name = html(row, "th", { scope: "row" });
      html(name, "i", { style: `color: var(--gs-${signal.name}-ink)` }, signal.name);
      html(name, "span", {}, ` ${signal.words}`);
      return {
        signal,
        numbers: model
          .runs()
          .map(([run]) => [run, html(html(row, "td"), "span", { class: "number", "data-run": run })]),
      };
    });
  }

  // state: {column, step, hover, show, signal, span, view}
  show(state) {
    const { model } = this;
    const { column, show } = state;
    this.root.hidden = column == null;
    this.lines.show({ model, column, shown: show, signal: state.signal, view: state.view });
    if (column == null) {
      setText(this.title, "Click a row to choose a unit.");
      setText(this.facts, "");
      return;
    }
    const unit = model.units[column];
    setText(this.title, `Unit ${wholeText(unit + 1)} of ${wholeText(model.total)}`);
    setText(this.facts, model.unitText(unit));
    this.buttons.forEach((button, k) => setAttr(button, "aria-pressed", model.signals[k].name === state.signal));
    this.paintText(state);
    this.writeTable(state);
  }

  paintText({ column, show, signal: name }) {
    const { model } = this;
    const wanted = [column, show, name, this.look.mode, model.limit].join();
    if (wanted === this.painted) return;
    const tokens = model.read(show);
    const signal = model.signals.find((each) => each.name === name);
    const scale = model.scale(signal, show);
    const values = model.row(signal, column, show);
    const data = { tokens, words: model.words, values, scale, name, unit: "", tags: null, truth: null, curves: [] };
    if (this.tokens !== tokens) this.text.build(data);
    else this.text.data = data;
    Object.assign(this, { tokens, painted: wanted });
    this.text.paint();
    this.markText();
    const which = model.compared ? ` (${model.runs().find(([run]) => run === show)[1]})` : "";
    setText(this.find(".text-words"), `The text, coloured by ${name} of unit ${model.units[column] + 1}${which}`);
    this.bar.show(scale, model.beyond(signal, show));
  }

  markText() {
    for (const [start, stop] of this.model.marks)
      for (let t = start; t < stop; t += 1) this.text.tokens[t].cell.setAttribute("data-marked", 1);
    this.span = null;
  }

  writeTable({ column, step, show }) {
    const { model } = this;
    setText(this.find(".at"), `Token ${step + 1}: ${model.tokenText(step, show)}`);
    for (const { signal, numbers } of this.cells)
      for (const [run, element] of numbers) {
        const value = model.value(signal, step, column, run);
        setNumber(element, value, run === "difference" ? fmtSigned(value) : fmt(value));
      }
  }

  // The chosen token is brought into sight in a text longer than its box; the page stays where it is.
  bringIntoSight(step) {
    const { box, tokens } = this.text;
    const { offsetTop, offsetHeight } = tokens[step].cell;
    setAttr(box, "aria-activedescendant", `token-${step}`);
    if (offsetTop < box.scrollTop || offsetTop + offsetHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = offsetTop - box.clientHeight / 2;
    this.step = step;
  }

  // Only what moves with the pointer.
  point({ hover, step, span }) {
    if (this.root.hidden) return;
    this.text.mark(hover, step);
    if (step !== this.step) this.bringIntoSight(step);
    const text = span?.join() ?? "";
    if (text === this.span) return;
    this.span = text;
    this.text.tokens.forEach(({ cell }, t) =>
      cell.toggleAttribute("data-in-span", Boolean(span) && t >= span[0] && t < span[1]),
    );
  }
}
