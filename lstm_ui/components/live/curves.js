// From rows to scenes: what each of the pictures shows.

// Chips of the legend, in their order. `curve`: which colour; `off`: not drawn at first.
const CHIPS = [
  { id: "train", name: "train", curve: 0 },
  { id: "validation", name: "validation", curve: 1 },
  { id: "total", name: "total", curve: 6, off: true, title: "loss and weighted stability together" },
  {
    id: "stability",
    name: "stability",
    curve: 3,
    off: true,
    title: "how far the parameters moved (axis at the right)",
  },
  { id: "baselines", name: "baselines" },
];

function lossScene(shown, data, settings, look) {
  const { rows, validations } = shown;
  const on = (id) => !settings.off.includes(id);
  const curves = [];
  const colour = (id) => look.curve(CHIPS.find((chip) => chip.id === id).curve);
  if (on("train")) {
    curves.push({ xs: rows.step, ys: rows.loss, colour: colour("train"), width: 1, alpha: settings.smooth ? 0.4 : 1 });
    const ys = smooth(rows.loss, settings.smooth);
    if (settings.smooth) curves.push({ xs: rows.step, ys, colour: colour("train"), width: 2.5 });
  }
  if (on("total")) {
    const total = rows.loss.map((value, k) => value + data.weight * rows.stability[k]);
    const ys = smooth(total, settings.smooth);
    curves.push({ xs: rows.step, ys, colour: colour("total"), width: 2, dash: [2, 4] });
  }
  if (on("validation"))
    curves.push({ xs: validations.step, ys: validations.loss, colour: colour("validation"), width: 1.75, dots: 3.5 });
  const own = on("stability") ? rangeOf([rows.stability, [0]]) : null;
  if (own)
    curves.push({
      xs: rows.step,
      ys: rows.stability,
      colour: colour("stability"),
      width: 1.75,
      dash: [8, 3],
      own: true,
    });
  const lines = on("baselines") ? data.baselines.map(([name, value]) => ({ name, value })) : [];
  const columns = curves.filter((curve) => !curve.own).map((curve) => curve.ys);
  const y = rangeOf([...columns, lines.map((line) => line.value)], settings.log);
  const scene = {
    x: stepsOf(shown, data),
    y: y ?? (settings.log ? [0.1, 1] : [0, 1]),
    log: settings.log,
    curves,
    lines,
  };
  return own ? { ...scene, own: { range: own, colour: colour("stability") } } : scene;
}

function scoreScene(shown, data, look) {
  const { validations } = shown;
  const lines = data.scoreBaselines.map(([name, value]) => ({ name, value }));
  const curves = [{ xs: validations.step, ys: validations.score, colour: look.curve(1), width: 2, dots: 3.5 }];
  const y = rangeOf([validations.score, lines.map((line) => line.value)]) ?? [0, 1];
  return { x: stepsOf(shown, data), y: [y[0], Math.min(y[1], Math.max(1, y[0] + 0.01))], curves, lines };
}

// A single curve in a small picture.
function smallScene(shown, data, settings, look, name) {
  const { rows } = shown;
  const curves = [{ xs: rows.step, ys: rows[name], colour: look.curve(6), width: 1, alpha: settings.smooth ? 0.4 : 1 }];
  if (settings.smooth)
    curves.push({ xs: rows.step, ys: smooth(rows[name], settings.smooth), colour: look.curve(6), width: 2 });
  const share = name === "saturated";
  const range = rangeOf([rows[name], [0]]) ?? [0, 1];
  const yText = share ? (ticks) => ticks.map((tick) => `${Number((100 * tick).toPrecision(3))} %`) : undefined;
  return { x: stepsOf(shown, data), y: range, curves, yText };
}

// The picture is as wide as what has been trained, in round steps: it does not creep at every update.
function stepsOf({ rows, validations }, data) {
  const last = Math.max(1, rows.step.at(-1) ?? 0, validations.step.at(-1) ?? 0);
  const round = roundStep(last, 4);
  return [0, Math.min(Math.max(data.steps, last), Math.max(last, Math.ceil((last * 1.02) / round) * round))];
}

// What the legend says at a step: null where there is nothing.
function valuesAt(shown, data, step) {
  const { rows, validations } = shown;
  const row = rows.count ? nearest(rows.step, step ?? Infinity) : -1;
  const found = { step: row < 0 ? null : rows.step[row], row };
  const loss = rows.loss[row],
    stability = rows.stability[row];
  Object.assign(found, { train: loss, stability, norm: rows.norm[row], saturated: rows.saturated[row] });
  found.total = row < 0 ? undefined : loss + data.weight * stability;
  const last = step == null ? validations.count - 1 : validations.step.findLastIndex((each) => each <= found.step);
  Object.assign(found, { validation: validations.loss[last], score: validations.score[last] });
  return found;
}
