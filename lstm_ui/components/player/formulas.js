// Formulas: symbols above, the same line with the chosen unit's numbers below.
// A symbolic line marks signals as [key|label]; a filled line marks numbers as {key}.

function writeSymbolic(element, line) {
  element.replaceChildren();
  const pattern = /\[([\w.]+)\|([^\]]*)\]|([^[]+|\[)/g;
  for (const [, key, label, plain] of line.matchAll(pattern)) {
    const span = html(
      element,
      "span",
      key ? { class: "symbol", style: `color:var(--gs-${signalOf(key)}-ink)` } : { class: "glue" },
    );
    writeHtml(span, key ? label : plain);
  }
}

// Returns the spans that hold numbers; each knows its key and whether a negative number there needs brackets.
function writeFilled(element, line) {
  element.replaceChildren();
  const slots = [];
  let before = "",
    term = html(element, "span", { class: "term" });
  for (const [, key, plain] of line.matchAll(/\{([\w.]+)\}|([^{]+)/g)) {
    if (!key) {
      // A line may break before = and +, never inside a product.
      const [, head, operator, tail] = plain.match(/^(.*?)( [=+] )?([^=+]*)$/s);
      if (head) html(term, "span", { class: "glue" }, head);
      if (operator) {
        element.append(" "); // for who copies or hears the line
        term = html(element, "span", { class: "term" });
      }
      if (operator || tail) html(term, "span", { class: "glue" }, (operator ?? "").trimStart() + tail);
      before = plain.trimEnd();
      continue;
    }
    const span = html(term, "span", {
      class: "value",
      "data-value": key,
      style: `color:var(--gs-${signalOf(key)}-ink)`,
    });
    slots.push({ span, key, bracket: before !== "" && !before.endsWith("=") && !before.endsWith("(") });
    before = "}";
  }
  return slots;
}

class FormulaBlock {
  constructor(parent, block, model) {
    this.result = block.result;
    const box = html(parent, "div", { class: "formula", "data-formula": block.result });
    const head = html(box, "div", { class: "formula-head" });
    writeSymbolic(html(head, "div", { class: "symbolic" }), block.symbolic);
    this.line = html(box, "div", { class: "filled" });
    this.slots = writeFilled(this.line, block.filled);
    this.equals = [...this.line.querySelectorAll(".glue")].find((glue) => glue.textContent.startsWith("= "));
    this.rest = this.equals ? this.equals.textContent.slice(1) : "";
    this.held = html(box, "div", { class: "held-note", hidden: "" });
    lockIcon(this.held);
    this.heldText = html(this.held, "span");
    this.bars = block.sum ? new SumBlock(box, head, block.sum, model) : null;
  }

  update(context) {
    const { view, model, t, u } = context;
    this.bars?.update(context);
    for (const { span, key, bracket } of this.slots) {
      const value = view.run.at(key, t, u);
      setNumber(span, value, fmtInner(value, bracket));
    }
    const held = view.mode !== "free" && model.isHeld(this.result, t, u);
    this.held.hidden = !held;
    // A held value is not what stands on the right: an equals sign would be a lie.
    if (this.equals) setText(this.equals, (held ? "\u2260" : "=") + this.rest);
    if (held)
      setText(
        this.heldText,
        `held at ${fmt(view.run.at(this.result, t, u))}: the right side is what the cell would have computed`,
      );
  }
}

class NoteBlock {
  constructor(parent, block) {
    html(parent, "p", { class: "note" }, block.text);
  }

  update() {}
}

// The input vector: its numbers, as many as fit; the rest is named.
class VectorBlock {
  constructor(parent, block, model) {
    const box = html(parent, "div", { class: "vector" });
    this.head = html(box, "div", { class: "vector-head" });
    const grid = html(box, "div", { class: "vector-grid" });
    this.cells = [];
    const count = Math.min(model.features, 16);
    for (let k = 0; k < count; k += 1) {
      const cell = html(grid, "div", { class: "vector-cell" });
      html(cell, "span", { class: "vector-index" }, String(k));
      this.cells.push(html(cell, "span", { class: "value", "data-value": "x", "data-index": k }));
    }
    if (model.features > count) html(box, "p", { class: "note" }, `and ${model.features - count} more`);
  }

  update({ view, model, t }) {
    const token = model.tokens[t];
    const name = token.name && token.name !== token.shown ? `${token.shown} (${token.name})` : token.shown;
    const count = `${model.features} ${model.features === 1 ? "number" : "numbers"}`;
    setText(this.head, model.below ? `At ${name}, layer ${model.below} gives ${count}:` : `${name} enters as ${count}:`);
    const row = view.run.row("x", t);
    for (let k = 0; k < this.cells.length; k += 1) setNumber(this.cells[k], row[k], fmt(row[k]));
  }
}
