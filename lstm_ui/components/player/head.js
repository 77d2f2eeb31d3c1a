// What a trained net says: the payload's "head", decoded. A candidate k of a step is one output of the net.

class HeadModel {
  constructor(head, steps) {
    Object.assign(this, head);
    this.shared = new Run(head.shared, steps);
    this.runs = head.runs.map((table) => new Run(table, steps));
    this.count = this.shared.width("choice");
  }

  // The symbol of a candidate, or null where there are fewer.
  symbol(t, k) {
    const place = this.shared.at("choice", t, k);
    return place < 0 ? null : this.symbols[place];
  }

  // The candidate that would have been right, or -1.
  right(t) {
    const place = this.shared.at("true", t, 0);
    return place < 0 ? -1 : this.shared.row("choice", t).indexOf(place);
  }

  // Candidates in the order in which they are listed: labels in their own, tokens by what the run gives them.
  order(view, t) {
    const all = [...Array(this.count).keys()].filter((k) => this.symbol(t, k));
    if (this.fixed) return all;
    const size = (k) => (view.mode === "diff" ? Math.abs(view.change("p", t, k)) : view.run.at("p", t, k));
    return all.sort((a, b) => size(b) - size(a));
  }

  best(run, t) {
    let best = -1;
    for (let k = 0; k < this.count; k += 1)
      if (this.symbol(t, k) && (best < 0 || run.at("p", t, k) > run.at("p", t, best))) best = k;
    return best;
  }
}

// The runs of the output layer as `View` shows those of the cell.
class HeadView {
  constructor(head, view) {
    const held = head.runs[1] ?? head.runs[0];
    this.mode = view.mode;
    this.run = view.mode === "free" ? head.runs[0] : held;
    this.other = head.runs.length < 2 ? null : view.mode === "free" ? held : head.runs[0];
    this.runs = head.runs;
  }

  // Held minus free.
  change(key, t, k) {
    return Math.fround(this.runs[1].at(key, t, k) - this.runs[0].at(key, t, k));
  }
}

// A probability as a share, in few digits: the formula below has the others.
function share(value) {
  if (value === 0) return "0 %";
  if (value < 0.0001) return "<0.01 %";
  return value >= 0.0995 ? `${(100 * value).toFixed(1)} %` : `${(100 * value).toPrecision(2)} %`;
}

function shareSigned(value) {
  if (Math.abs(value) < 0.0001) return value === 0 ? "0 %" : "~0 %";
  return `${value > 0 ? "+" : MINUS}${share(Math.abs(value))}`;
}
