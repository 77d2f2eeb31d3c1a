// The table of the racers: what each of them has come to, at the newest update or where the reader points.

// In per cent: a share that ends in a 5 is sent as a little less or more, and rounded up all the same, as in the words
// beside the table (`wording.amount`).
const HALVES_UP = 1e-5;

function rightText(share) {
  return Number.isFinite(share) ? `${(100 * share + HALVES_UP).toFixed(1)} %` : "\u2013";
}

// What is smaller than single precision is sent as its end.
function faintText(value) {
  return value > 0 && value <= 1.01e-37 ? "< 1e\u221237" : fmt(value);
}

class Board {
  constructor(root) {
    this.root = root;
    this.body = root.querySelector("tbody");
    this.rows = [];
  }

  // One row a racer, made anew only when there are others.
  build(racers) {
    const names = racers.map((racer) => racer.name).join("|");
    if (names === this.names) return;
    this.names = names;
    this.body.replaceChildren();
    this.rows = racers.map((racer) => this.row(racer));
  }

  row(racer) {
    const line = html(this.body, "tr", { "data-cell": racer.cell });
    const name = html(html(line, "th", { scope: "row" }), "span");
    const svg = node(name, "svg", { viewBox: "0 0 30 10", "aria-hidden": "true" });
    const dash = node(svg, "path", { d: "M0 5H30", fill: "none", "stroke-width": 3, "stroke-dasharray": racer.dash });
    html(name, "span", {}, racer.name);
    const cells = { line, dash, state: html(line, "td", { class: "state" }) };
    for (const id of ["update", "loss", "right", "left", "parameters"])
      cells[id] = html(line, "td", { class: `number ${id}`, "data-value": id });
    return cells;
  }

  show(racers, values, race, colour) {
    this.root.querySelector(".of-score").hidden = !race.score;
    setText(this.root.querySelector(".of-left"), race.leftName);
    racers.forEach((racer, k) => {
      const row = this.rows[k];
      const { step, loss, score, left } = values[k];
      setStyle(row.dash, "stroke", colour(racer));
      setText(row.state, racer.words);
      setAttr(row.line, "data-status", racer.status);
      setAttr(row.line, "data-solved", racer.solved ? 1 : 0);
      setNumber(row.update, step, Number.isFinite(step) ? wholeText(step) : "\u2013");
      setNumber(row.loss, loss, fmt(loss));
      row.right.hidden = !race.score;
      setNumber(row.right, score, rightText(score));
      setNumber(row.left, left, faintText(left));
      setNumber(row.parameters, racer.parameters, `${wholeText(racer.parameters)} (${wholeText(racer.units)} units)`);
    });
  }
}
