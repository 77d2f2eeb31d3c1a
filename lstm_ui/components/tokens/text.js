// The text: a span a token, coloured by its value, with its tag under it. Written by textContent only.

class Text {
  constructor(root, look, actions) {
    Object.assign(this, { look, actions });
    this.box = root.querySelector(".text");
    const index = (event) => Number(event.target.closest(".token")?.dataset.index ?? NaN);
    this.box.addEventListener("pointerover", (event) => actions.point(index(event)));
    this.box.addEventListener("pointerleave", () => actions.point(NaN));
    this.box.addEventListener("click", (event) => actions.pick(index(event)));
  }

  build(data) {
    this.data = data;
    const pieces = [];
    this.tokens = data.tokens.map((token, t) => {
      const kind = token.sign ? "token sign" : "token";
      const cell = html(null, "span", { class: kind, "data-index": t, role: "option", id: `token-${t}` });
      html(cell, "span", { class: "shown" }, token.shown);
      const tag = data.tags ? html(cell, "span", { class: "tag" }) : null;
      pieces.push(cell);
      if (token.shown === "\u23ce") pieces.push(document.createElement("br"));
      return { cell, tag };
    });
    setAttr(this.box, "data-words", Boolean(data.words));
    setAttr(this.box, "data-tagged", Boolean(data.tags));
    this.box.replaceChildren(...pieces);
    this.current = this.chosen = null;
  }

  paint() {
    const { values, scale, tags, truth } = this.data;
    const table = this.look.table(scale.kind === "signed" ? "diverging" : "sequential");
    const kinds = [...(tags ?? []), ...(truth ?? [])];
    this.tokens.forEach(({ cell, tag }, t) => {
      const value = values ? values[t] : NaN;
      if (Number.isFinite(value)) {
        const index = table.index((value - scale.low) / (scale.high - scale.low));
        Object.assign(cell.style, { background: table.css[index], color: table.ink[index] });
      } else Object.assign(cell.style, { background: "", color: "" });
      cell.setAttribute("data-exact", String(value));
      if (tag) this.paintTag(tag, tags[t], truth?.[t], kinds);
      cell.setAttribute("aria-label", this.describe(t));
    });
  }

  // What is wrong is struck through, with what would be right behind it: told by more than colour.
  paintTag(element, tag, right, kinds) {
    const hidden = (label) => !label || label === "O";
    element.replaceChildren();
    const wrong = right !== undefined && right !== tag;
    if (!hidden(tag) || wrong) {
      const said = html(element, wrong ? "s" : "span", {}, hidden(tag) ? "none" : tag);
      if (!hidden(tag)) said.style.color = this.look.curve(kindIn(kinds, tag));
    }
    if (wrong) {
      const should = html(element, "b", {}, hidden(right) ? "none" : right);
      if (!hidden(right)) should.style.color = this.look.curve(kindIn(kinds, right));
    }
  }

  // The words of the reading line.
  describe(t) {
    const { tokens, values, name, unit, tags, truth, curves } = this.data;
    const token = tokens[t];
    const parts = [`token ${t + 1}: ${token.shown}${token.name ? ` (${token.name})` : ""}`];
    const known = values && Number.isFinite(values[t]);
    if (values) parts.push(known ? `${name} ${fmt(values[t])} ${unit}`.trim() : `no ${name}`);
    if (tags) parts.push(`tag ${tags[t] || "O"}`);
    if (truth && truth[t] !== tags?.[t]) parts.push(`right would be ${truth[t] || "O"}`);
    for (const [label, row] of curves) parts.push(`${label} ${fmt(row[t])}`);
    return parts.join(", ");
  }

  mark(current, chosen) {
    if (current !== this.current) {
      this.tokens[this.current]?.cell.removeAttribute("data-current");
      this.tokens[current]?.cell.setAttribute("data-current", 1);
      this.current = current;
    }
    if (chosen === this.chosen) return;
    this.tokens[this.chosen]?.cell.setAttribute("aria-selected", "false");
    this.tokens[chosen]?.cell.setAttribute("aria-selected", "true");
    this.chosen = chosen;
  }
}

// B-PER and I-PER are one kind and share a colour: kinds are numbered by their names.
function kindIn(labels, label) {
  const kind = (each) => each.replace(/^[BIES]-/, "");
  const kinds = [...new Set(labels.filter((each) => each && each !== "O").map(kind))].sort();
  return Math.max(0, kinds.indexOf(kind(label)));
}
