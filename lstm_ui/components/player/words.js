// What a screen reader hears: where we are, and the current formula read out with its numbers.

function positionText(model, t, sub) {
  const token = model.tokens[t];
  const name = token.name || token.shown;
  return `step ${t + 1} of ${model.steps}, token '${name}', sub-step ${sub}: ${model.subs[sub - 1].title.toLowerCase()}`;
}

const SPOKEN = [
  [/\u03c3\(/g, " sigma of ("],
  [/tanh\(/g, " tanh of ("],
  [/relu\(/g, " relu of ("],
  [/[\u00b7\u00d7]/g, " times "],
  [/=/g, " equals "],
  [/\u2260/g, " is held, not "],
  [/\+/g, " plus "],
  [/\u2212/g, " minus "],
  [/[()]/g, " "],
  [/\s+/g, " "],
];

function spokenFormulas(panel, model) {
  const lines = [];
  for (const block of panel.blocks) {
    if (block instanceof HeadBlock) lines.push(block.said);
    if (!(block instanceof FormulaBlock)) continue;
    const name = block.result.replace("a.", "sum of ").replace("_prev", " before").replace("tanh_c", "tanh of c");
    let text = block.line.textContent;
    for (const [pattern, word] of SPOKEN) text = text.replace(pattern, word);
    lines.push(`${name}: ${text.trim()}`);
  }
  return lines.slice(0, 4).join(". ");
}

// Polite and throttled: while the reader scrubs nothing is queued, only the place where they stop is read.
class Speaker {
  constructor(element) {
    this.element = element;
  }

  say(make) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setText(this.element, make()), 700);
  }

  stop() {
    clearTimeout(this.timer);
  }
}
