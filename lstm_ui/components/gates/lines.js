// The chosen unit's signals over the tokens, under the panels and with the same columns.

const DASHED = [[], [9, 4], [2, 3], [9, 3, 2, 3]];

class Lines {
  constructor(root, look) {
    this.look = look;
    this.panes = ["gate", "state"].map((kind) => {
      const figure = root.querySelector(`[data-lines="${kind}"]`);
      const canvas = figure.querySelector("canvas");
      const surface = new Surface(canvas, (ctx, width, height) => this.paint(kind, ctx, width, height));
      return { kind, figure, canvas, surface };
    });
  }

  surfaces() {
    return this.panes.map(({ surface }) => surface);
  }

  // state: {model, column, shown (which run), signal (the one that is drawn strongly), view}
  show(state) {
    Object.assign(this, state);
    for (const { kind, figure, surface } of this.panes) {
      figure.hidden = state.column == null || !this.of(kind).length;
      if (!figure.hidden) surface.render();
    }
  }

  of(kind) {
    return this.model.signals.filter((signal) => signal.kind === kind);
  }

  // Both runs, or their difference: name, values and look of each line.
  curves(kind) {
    const { model, column, shown, look } = this;
    const { first, count } = this.view;
    const runs = shown === "difference" ? ["difference"] : model.compared ? ["this", "other"] : ["this"];
    const xs = Array.from({ length: count }, (_, k) => first + k + 1);
    return this.of(kind).flatMap((signal, k) =>
      runs.map((run) => ({
        xs,
        ys: model.row(signal, column, run).subarray(first, first + count),
        name: signal.name + (run === "other" ? "\u2032" : ""),
        colour: look.colour(signal.name),
        width: signal.name === this.signal ? 3 : 1.75,
        dash: model.compared && shown !== "difference" ? (run === "other" ? [6, 4] : []) : DASHED[k % 4],
      })),
    );
  }

  paint(kind, ctx, width, height) {
    if (!this.model || this.column == null || !this.view) return;
    const curves = this.curves(kind);
    const { left, first, count } = this.view;
    const scene = {
      x: [first + 0.5, first + count + 0.5],
      y: this.range(kind, curves),
      left,
      right: RIGHT,
      curves,
    };
    this.nameEnds(ctx, drawPlot(ctx, width, height, scene, this.look), curves);
  }

  // Gates always from 0 to 1; a state as far as this unit goes, with zero in the picture.
  range(kind, curves) {
    const both = this.shown === "difference" || curves.some(({ ys }) => ys.some((value) => value < 0));
    if (kind === "gate") return both ? [-1.04, 1.04] : [-0.02, 1.04];
    return rangeOf([...curves.map(({ ys }) => ys), [0]]) ?? [-1, 1];
  }

  nameEnds(ctx, frame, curves) {
    const ends = curves.flatMap(({ ys, name, colour }) => {
      const last = ys.findLast((value) => Number.isFinite(value));
      return last === undefined ? [] : [{ name, colour, at: frame.y.at(last) }];
    });
    ends.sort((a, b) => a.at - b.at);
    spread(ends, LINE_ROOM, frame.bottom - 4);
    ctx.font = `italic ${this.look.font(15, 600)}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    for (const { name, colour, at } of ends) {
      ctx.fillStyle = colour;
      ctx.fillText(name, frame.right + 5, at);
    }
  }
}
