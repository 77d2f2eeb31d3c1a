// The sub-step "Prediction": what the net says at this step, and how one chosen output came to its probability.

const FIRST_COLUMN = { next: "token", class: "class", tag: "tag" };

class HeadBlock {
  constructor(parent, block, model, { actions, memory }) {
    const { head } = model;
    Object.assign(this, { actions, memory, compared: head.runs.length > 1 });
    this.box = html(parent, "div", { class: "prediction", "data-kind": head.kind });
    this.buildRows(head);
    this.formulas = head.formulas.map((formula) => new FormulaBlock(this.box, { ...formula, sum: null }, model));
    this.pushes = html(this.box, "p", { class: "head-pushes" });
    this.moved = html(this.box, "p", { class: "head-pushes", hidden: "" });
    this.truth = html(this.box, "p", { class: "head-truth" });
    this.buildVector(head);
    if (head.notes.length) html(this.box, "p", { class: "note" }, head.notes.join(" "));
  }

  buildRows(head) {
    const table = html(this.box, "table");
    const columns = html(html(table, "thead"), "tr");
    html(columns, "th", { scope: "col" }, FIRST_COLUMN[head.kind]);
    html(columns, "td");
    const names = this.compared ? ["free", "held", "difference"] : ["p", "y"];
    for (const name of names) html(columns, "th", { scope: "col", class: `head-${name.slice(0, 4)}` }, name);
    const body = html(table, "tbody");
    const keys = this.compared ? ["p.free", "p.held", "p.diff"] : ["p", "y"];
    this.rows = Array.from({ length: head.count }, (_, index) => {
      const line = html(body, "tr");
      const name = html(html(line, "th", { scope: "row" }), "button", { type: "button", class: "head-name" });
      const track = html(html(line, "td", { class: "head-bar-cell" }), "span", { class: "head-bar" });
      const bar = html(track, "span", { class: "head-fill" });
      const ghost = this.compared ? html(track, "span", { class: "head-ghost" }) : null;
      line.addEventListener("click", () => {
        this.memory.followed = this.listed[index].join();
        this.actions.redraw();
      });
      const cells = keys.map((key) => html(line, "td", { class: `value head-${key.slice(2)}`, "data-head": key }));
      return { line, name, bar, ghost, cells };
    });
  }

  // The vector of the token: the first layer's input, whichever layer is on the screen.
  buildVector(head) {
    const [W, H] = [600, 44];
    this.vectorName = html(this.box, "p", { class: "head-vector-name" });
    const svg = node(this.box, "svg", { class: "head-vector", viewBox: `0 0 ${W} ${H}`, "aria-hidden": "true" });
    setAttr(svg, "preserveAspectRatio", "none");
    const { width, data } = head.shared.columns.get("embedding");
    const frame = { key: "embedding", x: 0, y: 2, w: W, h: H - 4, count: width, signal: "x", kind: "signed" };
    this.strip = new Strip(svg, { ...frame, clickable: false });
    this.peak = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  }

  update({ model, view, t }) {
    const { head } = model;
    const shown = new HeadView(head, view);
    const order = head.order(shown, t);
    const top = head.best(shown.run, t);
    const chosen = order.find((k) => head.symbol(t, k).join() === this.memory.followed) ?? top;
    this.listed = order.map((k) => head.symbol(t, k));
    this.rows.forEach((row, index) => {
      row.line.hidden = index >= order.length;
      if (!row.line.hidden) this.updateRow(row, head, shown, t, order[index], order[index] === chosen);
    });
    const inside = { view: { run: shown.run, mode: "free" }, model, t, u: chosen };
    for (const formula of this.formulas) formula.update(inside);
    const { shown: sign, name } = model.tokens[t];
    this.updatePushes(head, shown.run, t, chosen, model.hidden);
    this.updateMoved(head, shown.run, t, chosen, model.hidden, quoted(sign, name));
    this.updateTruth(head, shown.run, t);
    setText(this.vectorName, `The vector of ${quoted(sign, name)}, ${head.shared.width("embedding")} learned numbers`);
    this.strip.update(head.shared.row("embedding", t), null, this.peak, 0);
    this.said = `${head.title}: ${quoted(...head.symbol(t, top))}, ${share(shown.run.at("p", t, top))}`;
  }

  updateRow({ line, name, bar, ghost, cells }, head, shown, t, k, chosen) {
    const [sign, called] = head.symbol(t, k);
    setText(name, sign);
    setAttr(name, "title", `Follow ${quoted(sign, called)}`);
    setAttr(name, "aria-pressed", chosen);
    setAttr(line, "data-chosen", chosen ? "1" : "0");
    setAttr(line, "data-right", k === head.right(t) ? "1" : "0");
    const p = shown.run.at("p", t, k);
    setStyle(bar, "transform", `scaleX(${p.toFixed(4)})`);
    if (!this.compared) {
      const y = shown.run.at("y", t, k);
      setNumber(cells[0], p, share(p));
      setNumber(cells[1], y, fmt(y));
      return;
    }
    const [free, held] = head.runs.map((run) => run.at("p", t, k));
    setStyle(ghost, "left", `${(100 * shown.other.at("p", t, k)).toFixed(2)}%`);
    setNumber(cells[0], free, share(free));
    setNumber(cells[1], held, share(held));
    setNumber(cells[2], Math.fround(held - free), shareSigned(held - free));
  }

  updatePushes(head, run, t, k, hidden) {
    const units = unitsOf(head, run, "unit", "gives", t, k);
    if (isNew(this.pushes, units)) {
      const where = head.units.own < 0 ? `, from layer ${head.units.layer}` : "";
      this.pushes.replaceChildren(`Largest parts of the sum${where}: `);
      this.listUnits(this.pushes, units, head, hidden);
    }
  }

  // Of a classifier, what this token did to the sum.
  updateMoved(head, run, t, k, hidden, token) {
    this.moved.hidden = !run.columns.has("moved");
    if (this.moved.hidden) return;
    const units = unitsOf(head, run, "moved.unit", "moved.gives", t, k);
    const by = run.at("moved", t, k);
    if (!isNew(this.moved, [by, token, ...units])) return;
    this.moved.replaceChildren(`${token} moves the sum by `);
    const number = html(this.moved, "span", { class: "value", "data-head": "moved" });
    setNumber(number, by, fmtSigned(by));
    this.moved.append(", most through ");
    this.listUnits(this.moved, units, head, hidden);
  }

  // Units and what they give; those of the cell on the screen can be followed from here.
  listUnits(parent, units, { units: { own, both, hidden: width } }, hidden) {
    units.forEach(([unit, value], index) => {
      if (index) parent.append(index === units.length - 1 ? " and " : ", ");
      const here = own >= 0 && unit >= own && unit < own + hidden;
      const where = both ? (unit >= width ? " backward" : " forward") : "";
      const attributes = here ? { type: "button", class: "head-unit", title: "Follow it" } : {};
      const link = html(parent, here ? "button" : "span", attributes);
      setText(link, `unit ${(unit % width) + 1}${where}`);
      if (here) link.addEventListener("click", () => this.actions.follow(unit - own));
      const number = html(parent, "span", { class: "value", "data-head": "gives" });
      number.before(" (");
      number.after(")");
      setNumber(number, value, fmtSigned(value));
    });
  }

  updateTruth(head, run, t) {
    const k = head.right(t);
    this.truth.hidden = k < 0;
    if (k < 0) return;
    const words = `The text goes on with ${quoted(...head.symbol(t, k))}: loss ${MINUS}log p = `;
    if (this.truth.gsWords !== words) {
      this.truth.gsWords = words;
      this.truth.replaceChildren(words);
      this.nats = html(this.truth, "span", { class: "value", "data-head": "nats" });
      this.truth.append(" nats");
    }
    setNumber(this.nats, run.at("nats", t, 0), fmt(run.at("nats", t, 0)));
  }
}

const quoted = (sign, name) => (!name || name === sign ? `\u201c${sign}\u201d` : `${sign} (${name})`);

// The units that gave most to the sum of a candidate, each with what it gave.
function unitsOf(head, run, unit, gives, t, k) {
  const each = run.width(unit) / head.count;
  return Array.from({ length: each }, (_, j) => k * each + j).map((at) => [run.at(unit, t, at), run.at(gives, t, at)]);
}

// Whether an element shows something else so far; most steps change few.
function isNew(element, parts) {
  const text = JSON.stringify(parts);
  const changed = element.gsParts !== text;
  element.gsParts = text;
  return changed;
}
