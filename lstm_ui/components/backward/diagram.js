// The cell of Step through with the gradient in it: against the arrows of the way forward, as wide as it is large.

const WIDEST = 13; // pixels of the largest number of a step

class BackDiagram extends Diagram {
  constructor(walk, size, goto) {
    super({ ...walk, notation: { labels: walk.labels }, compared: false }, size);
    this.walk = walk;
    this.svg.classList.add("back");
    this.svg.addEventListener("click", (event) => {
      const part = event.target.closest("[data-goto]");
      if (part) goto(Number(part.dataset.goto));
    });
  }

  // The sub-step in which a number is computed.
  subOf(spec) {
    return this.walk.subOf(specOf(this.walk, spec).split(".")[0]);
  }

  staged(parent, look, sub) {
    return this.stage(node(parent, "g", { class: look, "data-goto": sub }), sub);
  }

  wire(d, { way, signal, kind = "" }) {
    const [spec, lit] = WAYS[this.walk.cell][way];
    const group = this.staged(this.wires, `wire ${kind}`, this.subOf(lit ?? spec));
    if (kind.includes("over")) node(group, "path", { d, class: "halo" });
    node(group, "path", { d, class: "bed" });
    const flow = node(group, "g", { class: "flow", style: `color:var(--gs-${signal})` });
    const [line, head] = ["way", "head"].map((look) => node(flow, "path", { class: look }));
    setAttr(group, "data-way", way);
    const points = pointsOf(d);
    this.updates.push(({ walk, t, largest }) => {
      const value = sentBack(walk, t, spec);
      const share = largest ? Math.min(1, Math.sqrt(Math.abs(value) / largest)) : 0;
      setAttr(group, "data-size", value === 0 ? 0 : share.toFixed(3));
      if (value === 0) return;
      const width = Math.max(1.5, WIDEST * share);
      const back = backAlong(points, 7 + 0.75 * width);
      setAttr(line, "d", back.line);
      setAttr(line, "stroke-width", width.toFixed(1));
      setAttr(head, "d", back.head);
      flow.style.setProperty("--gs-share", (0.45 + 0.55 * share).toFixed(2));
    });
  }

  dot() {}

  number(parent, x, y, spec, { signal, anchor = "middle", look = "num", isSize = false }) {
    const text = node(parent, "text", { x, y, "text-anchor": anchor, class: look, "data-value": `diagram.${spec}` });
    text.style.fill = `var(--gs-${signal}-ink)`;
    this.updates.push(({ walk, t }) => {
      const value = sentBack(walk, t, spec);
      const shown = `${value > 0 && !isSize ? "+" : ""}${fmtShort(value)}`;
      setNumber(text, value, shown);
    });
  }

  symbol(parent, x, y, markup, anchor = "middle") {
    writeSvg(node(parent, "text", { x, y, "text-anchor": anchor, class: "what" }), markup);
  }

  tag(x, y, { key, anchor = "start" }) {
    const spec = TAGS[key];
    if (!spec) return;
    const group = this.staged(this.parts, "tag", this.subOf(spec));
    this.number(group, x, y, spec, { signal: "c", anchor, look: "num small" });
    const [words, below] = spec === "dc" ? [this.walk.symbol("dc"), 42] : ["*through h*", 18];
    this.symbol(group, x, y + below, words, anchor);
  }

  port(x, y, { key, symbol, w, caption }) {
    const spec = PORTS[key],
      signal = key[0];
    const group = this.staged(this.parts, "card port", this.subOf(spec));
    const style = `stroke:var(--gs-${signal})`;
    node(group, "rect", { x, y, width: w, height: this.size.portHeight, rx: 10, class: "card-back", style });
    this.badge(group, x + 6, y, signal, symbol);
    this.number(group, x + w / 2, y + 46, spec, { signal });
    const words = key === "c" ? "*straight*" : this.walk.symbol(spec);
    this.symbol(group, x + w / 2, y + 72, words);
    node(group, "title", {}, `what goes back here: ${caption}`);
  }

  // Above the rule what reaches the gate, below it what is left behind its slope.
  gate(x, y, { key, fn, caption }) {
    const { cardWidth: w, cardHeight: h } = this.size;
    const isState = this.walk.cell === "rnn";
    const [upper, lower] = isState ? ["dh", "da"] : [`d${key}`, `da_${key}`];
    const group = node(this.parts, "g", { class: "card gate", "data-gate": key });
    const style = `stroke:var(--gs-${key})`;
    const back = node(group, "rect", { x: x - w / 2, y, width: w, height: h, rx: 10, class: "card-back", style });
    this.stage(back, this.subOf(upper));
    this.half(group, x, y, key, upper);
    const below = this.staged(group, "half", this.subOf(lower));
    const middle = y + 0.47 * h;
    node(below, "path", { d: `M${x - w / 2 + 8} ${middle}h${w - 16}`, class: "rule" });
    node(below, "text", { x, y: middle + 20, "text-anchor": "middle", class: "fn" }, `${fn}\u2032`);
    this.number(below, x, middle + 45, lower, { signal: key });
    this.symbol(below, x, middle + 66, this.walk.symbol(lower));
    const lock = this.lock(group, x + w / 2 - 11, y + 1);
    this.updates.push(({ walk, t }) => setAttr(lock, "visibility", isHeldAt(walk, t, lower) ? "visible" : "hidden"));
    node(group, "title", {}, caption);
  }

  half(group, x, y, key, spec) {
    const upper = this.staged(group, "half", this.subOf(spec));
    this.badge(upper, x - this.size.cardWidth / 2 + 6, y, key, key);
    this.number(upper, x, y + 37, spec, { signal: key });
    this.symbol(upper, x, y + 58, this.walk.symbol(spec));
  }

  // Coupled: f is 1 - i, and what reaches it goes on to i.
  coupled() {
    const { gates, card, cardWidth: w, cardHeight: h } = this.size;
    const group = node(this.parts, "g", { class: "card gate", "data-gate": "f" });
    const style = "stroke:var(--gs-f)";
    const frame = { x: gates.f - w / 2, y: card, width: w, height: h, rx: 10 };
    const back = node(group, "rect", { ...frame, class: "card-back", style });
    this.stage(back, this.subOf("df"));
    this.half(group, gates.f, card, "f", "df");
    node(group, "path", { d: `M${gates.f - w / 2 + 8} ${card + 0.47 * h}h${w - 16}`, class: "rule" });
    const words = `1 ${MINUS} ${this.label("i")}`;
    writeSvg(node(group, "text", { x: gates.f, y: card + 0.75 * h, "text-anchor": "middle", class: "fn" }), words);
    node(group, "title", {}, "coupled forget gate: what reaches it goes to the input gate, with its sign turned");
  }

  valve(x, y, more) {
    super.valve(x, y, { ...more, since: 1 });
  }

  operator(x, y, more) {
    super.operator(x, y, { ...more, since: 1 });
  }

  opening({ walk, t }, key, invert) {
    return openingOf(walk, t, OPENINGS[invert ? "1-z" : key]);
  }

  input(x, y, { w, h }) {
    const group = this.staged(this.parts, "card port", this.subOf("dx"));
    node(group, "rect", { x, y, width: w, height: h, rx: 10, class: "card-back", style: "stroke:var(--gs-x)" });
    this.badge(group, x + 6, y, "x", "x");
    const part = Math.min(84, w * 0.45);
    const place = { x: x + part / 2 + 4, y: y + h / 2 + 15, "text-anchor": "middle", class: "token-big" };
    const token = node(group, "text", place);
    this.number(group, x + (part + w) / 2, y + h / 2 + 1, "dx", { signal: "x", isSize: true });
    this.symbol(group, x + (part + w) / 2, y + h / 2 + 24, this.walk.symbol("dx"));
    this.updates.push(({ walk, t }) => {
      const { shown } = walk.tokens[t];
      setText(token, shown.length > 7 ? `${shown.slice(0, 6)}\u2026` : shown);
      setAttr(token, "data-long", Math.min(5, Math.max(0, shown.length - 2)));
    });
  }

  show(walk, t, sub) {
    const largest = Math.max(...walk.at(t).map(({ value }) => Math.abs(value)));
    this.setSub(sub);
    this.update({ walk, t, largest });
  }
}

// Three digits: in the drawing there is no room for more, and beside it stand all of them.
function fmtShort(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const [digits, exponent] = (size < 1e-3 || size >= 1e4 ? size.toExponential(2) : size.toPrecision(3)).split("e");
  return `${value < 0 ? MINUS : ""}${digits}${exponent ? `e${exponent.replace("+", "").replace("-", MINUS)}` : ""}`;
}

// The corners of a wire of straight pieces, "M2 3H8V9".
function pointsOf(d) {
  const points = [];
  for (const [, letter, numbers] of d.matchAll(/([MHV])([^MHV]+)/g)) {
    const [x, y] = points.at(-1) ?? [];
    const [first, second] = numbers.trim().split(/[ ,]+/).map(Number);
    points.push(letter === "H" ? [first, y] : letter === "V" ? [x, first] : [first, second]);
  }
  return points;
}

// The same wire ending in an arrow where it began: the gradient comes from its end.
function backAlong([[x, y], [u, v], ...rest], wanted) {
  const length = Math.abs(u - x) + Math.abs(v - y);
  const size = Math.min(wanted, length - 1);
  const [dx, dy] = [Math.sign(u - x), Math.sign(v - y)];
  const start = [x + dx * (size - 1), y + dy * (size - 1)];
  const corners = [start, [u, v], ...rest].map((point) => point.join(" "));
  const [a, b] = [x + dx * size, y + dy * size];
  const half = 0.62 * size;
  const head = `M${x} ${y}L${a + dy * half} ${b + dx * half}L${a - dy * half} ${b - dx * half}z`;
  return { line: `M${corners.join("L")}`, head };
}
