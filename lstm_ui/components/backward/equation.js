// One quantity of the current sub-step: its formula, the same with the numbers put in, bars, and the verdict.

class Equation {
  constructor(parent, quantity) {
    this.box = html(parent, "div", { class: "formula", "data-equation": quantity.name });
    this.write(quantity);
  }

  write(quantity) {
    const head = html(this.box, "div", { class: "formula-head" });
    writeHtml(html(head, "span", { class: "symbolic" }), formulaOf(quantity));
    this.writeNumbers(quantity, html(this.box, "div", { class: "filled" }));
    const bars = html(this.box, "div", { class: "sum" });
    if (quantity.terms.length > 1) this.drawSum(bars, quantity);
    else this.drawProduct(bars, quantity);
    // Beside a short formula there is room.
    const place = quantity.terms.length > 1 ? this.box : head;
    writeVerdict(html(place, "span", { class: "words-verdict" }), quantity.verdict);
  }

  number(parent, name, value, bracket = false) {
    setNumber(html(parent, "span", { class: "value", "data-value": name }), value, fmtInner(value, bracket));
  }

  writeNumbers({ name, value, terms }, line) {
    const start = html(line, "span", { class: "term" });
    this.number(start, name, value);
    start.append(" =");
    terms.forEach((term, k) => {
      const piece = html(line, "span", { class: "term" });
      if (k) piece.append("+ ");
      if (!term.factors.length) return this.number(piece, `${name}.${term.name}`, term.value, k > 0);
      term.factors.forEach((factor, n) => {
        if (n) piece.append(" \u00b7 ");
        this.number(piece, `${name}.${term.name}.${n}`, factor.value, k + n > 0);
      });
      return undefined;
    });
  }

  row(parent, name, text, key, value, total) {
    const line = html(parent, "div", { class: total ? "bar-row total" : "bar-row" });
    writeHtml(html(line, "span", { class: "bar-label" }), text);
    const bar = new Bar(line, colourOf(name));
    this.number(html(line, "span", { class: "bar-number" }), key, value);
    return { line, bar };
  }

  // Each part begins where the one before it ended; the last row is the sum.
  drawSum(parent, { name, symbol, value, terms }) {
    let sum = 0,
      scale = Math.abs(value);
    for (const term of terms) scale = Math.max(scale, Math.abs((sum += term.value)));
    sum = 0;
    for (const term of terms) {
      // Straight from the same state: in its colour.
      const colour = term.name === "highway" ? name : term.name;
      const { line, bar } = this.row(parent, colour, term.label, `${name}.${term.name}`, term.value, false);
      bar.show(sum, sum + term.value, scale);
      sum += term.value;
      if (term.verdict) writeVerdict(html(line, "span", { class: "term-verdict" }), term.verdict);
    }
    this.row(parent, name, symbol, name, value, true).bar.show(0, value, scale);
  }

  // What came, and what is left of it after the product.
  drawProduct(parent, { name, symbol, value, terms: [term] }) {
    const came = term.factors.find(({ kind }) => kind === "gradient");
    const scale = Math.max(Math.abs(value), Math.abs(came?.value ?? 0));
    if (came) this.row(parent, "", came.symbol, `${name}.came`, came.value, false).bar.show(0, came.value, scale);
    this.row(parent, name, symbol, name, value, true).bar.show(0, value, scale);
  }
}

// Labels have a tiny markup; see writeHtml.
function formulaOf({ symbol, terms }) {
  const written = terms.map((term) => {
    if (term.sum) return unbroken(term.sum);
    if (!term.factors.length) return "*loss*";
    return term.factors.map(({ symbol: factor, kind }) => unbroken(heldOr(factor, kind))).join(" \u00b7 ");
  });
  return `${symbol} = ${written.join(" + ")}`;
}

function unbroken(label) {
  return label.replaceAll(" ", "\u00a0");
}

// A clamp or a removed gate is a factor of 0.
function heldOr(symbol, kind) {
  return kind === "held" ? `0 *(${symbol} is held)*` : kind === "fixed" ? `0 *(${symbol})*` : symbol;
}
