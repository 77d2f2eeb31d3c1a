// The payload, decoded: of every step its quantities, each a sum of terms, each term a product of factors.

class Walk {
  constructor(data) {
    Object.assign(this, data);
    this.all = doublesOf(data.numbers);
    this.starts = [];
    let start = 0;
    for (const shape of data.shapeOf) {
      this.starts.push(start);
      for (const { terms } of data.shapes[shape])
        start += 1 + terms.reduce((sum, { factors }) => sum + 1 + factors.length, 0);
    }
    this.known = new Map();
  }

  // The step that is reached next on the way back lies to the left of this one, or to the right: -1 or 1.
  get onward() {
    return this.reverse ? 1 : -1;
  }

  // The step where the way back begins, and the one where it ends.
  get first() {
    return this.reverse ? 0 : this.steps - 1;
  }

  get end() {
    return this.reverse ? this.steps - 1 : 0;
  }

  at(t) {
    if (!this.known.has(t)) this.known.set(t, this.read(t));
    return this.known.get(t);
  }

  read(t) {
    let place = this.starts[t],
      word = 0;
    const number = () => this.all[place++];
    const verdict = () => this.verdicts[this.said[t][word++]];
    return this.shapes[this.shapeOf[t]].map((quantity) => ({
      ...quantity,
      verdict: verdict(),
      value: number(),
      terms: quantity.terms.map((term) => ({
        ...term,
        verdict: verdict(),
        value: number(),
        factors: term.factors.map((factor) => ({ ...factor, value: number() })),
      })),
    }));
  }

  quantity(t, name) {
    return this.at(t).find((quantity) => quantity.name === name);
  }

  has(name) {
    return this.shapes[0].some((quantity) => quantity.name === name);
  }

  symbol(name) {
    return this.shapes[0].find((quantity) => quantity.name === name).symbol;
  }

  // Its size at every step.
  sizes(name) {
    return Float64Array.from({ length: this.steps }, (_, t) => Math.abs(this.quantity(t, name).value));
  }

  subOf(name) {
    return 1 + this.subs.findIndex(({ names }) => names.includes(name));
  }
}

// Before the words stands a disc: full, half or empty, so that the tone is not told by colour alone.
function writeVerdict(element, verdict) {
  const [tone, kind, words] = verdict ?? ["note", "", ""];
  if (element.gsWords === words && element.gsTone === tone) return;
  Object.assign(element, { gsWords: words, gsTone: tone });
  setAttr(element, "data-tone", tone);
  setAttr(element, "data-kind", kind);
  element.replaceChildren();
  if (tone !== "note") html(element, "span", { class: "tone", "aria-hidden": "true" });
  writeHtml(html(element, "span"), words);
}
