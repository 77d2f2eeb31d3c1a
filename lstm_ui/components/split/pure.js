// The product of forget gates against the truth: two norms over the steps, on a logarithmic axis.

class PurePlot {
  constructor(root, look, actions) {
    this.look = look;
    this.root = root.querySelector(".pure");
    this.find = (name) => this.root.querySelector(name);
    const canvas = this.find("canvas");
    this.surface = new Surface(canvas, (ctx, width, height) => this.scene && this.paint(ctx, width, height));
    const step = (event) => {
      const x = this.frame?.x.from(event.clientX - canvas.getBoundingClientRect().left) ?? 1;
      actions.point(Math.max(0, Math.min(this.scene.parts.steps - 1, Math.round(x) - 1)));
    };
    canvas.addEventListener("pointermove", step);
    canvas.addEventListener("pointerdown", step);
  }

  build(parts) {
    this.root.hidden = !parts.pure;
    if (!parts.pure) return;
    const { keeper, state, pure } = parts;
    const isOne = pure.step != null;
    setText(this.find("h3"), `The ${isOne ? "product of" : "way along"} ${keeper} alone, against the truth`);
    setText(this.find(".pure-words"), isOne ? fromOne(parts) : fromMany(parts));
    const true_ = Float64Array.from({ length: parts.steps }, (_, t) => parts.total(0, t));
    this.columns = { true: true_, pure: parts.pureNorms };
    setText(this.find(".true-name"), `|dL/d${state}|, the truth`);
    setText(this.find(".product-name"), `|pure|, ${isOne ? "the product of" : "along"} ${keeper}`);
    this.find(".product-line").style.stroke = `var(--gs-${keeper})`;
  }

  // scene: {parts, t, left: room at the left, to stand under the bars}
  show(scene) {
    this.scene = scene;
    if (!scene.parts.pure) return;
    const { pure } = scene.parts;
    const { t } = scene;
    const numbers = { true: this.columns.true[t], pure: this.columns.pure[t] };
    for (const name of ["projection", "ratio", "cosine"]) numbers[name] = pure[name][t] ?? NaN;
    for (const [name, value] of Object.entries(numbers))
      setNumber(this.find(`[data-value="pure-${name}"]`), value, fmt(value));
    setText(this.find(".pure-at"), `At ${scene.parts.token(t)}`);
    this.surface.render();
  }

  paint(ctx, width, height) {
    const { parts, t, left } = this.scene;
    const xs = Float64Array.from({ length: parts.steps }, (_, k) => k + 1);
    const range = atLeastDecade(rangeOf([this.columns.true, this.columns.pure], true) ?? [0.1, 1]);
    this.frame = drawPlot(
      ctx,
      width,
      height,
      {
        x: [0.5, parts.steps + 0.5],
        y: range,
        log: true,
        yText: (ticks) => ticks.map(powerText),
        left,
        right: 8,
        cursor: t + 1,
        curves: [
          { xs, ys: this.columns.true, colour: this.look.colour("ink"), width: 2.5 },
          { xs, ys: this.columns.pure, colour: this.look.colour(parts.keeper), width: 2.5, dash: [8, 5] },
        ],
      },
      this.look,
    );
  }
}

function fromOne({ keeper, state, pure }) {
  return `pure = the later ${keeper} multiplied, times dL/d${state} at step ${pure.step + 1}; all units.`;
}

function fromMany({ keeper, pure }) {
  const sum = `what enters at a step, plus ${keeper} of the step after times pure there`;
  return `The gradient enters at ${pure.sources} steps. pure = ${sum}; all units.`;
}

// What hardly changes is drawn flat, in the middle: without this, the steepest line may mean 0.9995.
function atLeastDecade([low, high]) {
  const room = Math.sqrt(Math.max(1, (10 * low) / high));
  return [low / room, high * room];
}
