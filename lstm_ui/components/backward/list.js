// All quantities of the step, in the order in which they are computed: bar, number and verdict, lit by sub-step.

class QuantityList {
  constructor(root, actions) {
    this.box = root.querySelector(".quantities");
    this.scale = root.querySelector(".scale");
    this.box.addEventListener("click", (event) => {
      const row = event.target.closest("[data-sub]");
      if (row) actions.goto(Number(row.dataset.sub));
    });
  }

  build(walk) {
    this.box.replaceChildren();
    this.rows = walk.subs.flatMap(({ names }, k) => names.map((name) => this.row(walk, name, k + 1)));
  }

  row(walk, name, sub) {
    const line = html(this.box, "div", { class: "quantity", role: "listitem", "data-sub": sub, "data-quantity": name });
    html(line, "span", { class: "quantity-sub", "aria-hidden": "true" }, String(sub));
    writeHtml(html(line, "span", { class: "quantity-symbol" }), walk.symbol(name));
    const bar = new Bar(line, colourOf(name));
    const number = html(line, "span", { class: "quantity-number value", "data-value": name });
    return { line, name, sub, bar, number, verdict: html(line, "span", { class: "quantity-verdict" }) };
  }

  // One scale for the whole step: how the gradient shrinks on its way is to be seen.
  update(walk, t, sub) {
    const quantities = walk.at(t);
    const largest = Math.max(...quantities.map(({ value }) => Math.abs(value)));
    for (const { line, name, sub: own, bar, number, verdict } of this.rows) {
      const quantity = quantities.find((each) => each.name === name);
      bar.show(0, quantity.value, largest);
      setNumber(number, quantity.value, fmt(quantity.value));
      writeVerdict(verdict, quantity.verdict);
      setAttr(line, "data-when", own === sub ? "now" : own < sub ? "past" : "later");
      if (own === sub) line.setAttribute("aria-current", "step");
      else line.removeAttribute("aria-current");
    }
    setText(this.scale, largest ? `Longest bar: ${fmt(largest)}.` : "All of it is 0.");
  }
}
