// From what was sent of the racers to scenes.

function unpacked(racer) {
  const [step, loss, score] = columns(racer.validations, 3);
  const [lags, left, leftLow, leftHigh, norm, normLow, normHigh] = columns(racer.profile, 7);
  const bands = { left: [left, leftLow, leftHigh], norm: [norm, normLow, normHigh] };
  return { ...racer, step, loss, score, lags, bands };
}

function columns(packed, count) {
  const values = packed ? floatsOf(packed) : [];
  const rows = values.length / count;
  return Array.from({ length: count }, (_, k) => Array.from(values.slice(k * rows, (k + 1) * rows)));
}

function dashOf(racer) {
  return racer.dash ? racer.dash.split(" ").map(Number) : [];
}

// Horizontal lines go all the way across; their names stand inside, so that three pictures side by side stay wide.
function trainingScene(racers, data, name, cursor, curve, look) {
  const lines = (name === "loss" ? data.lines : data.scoreLines).map(([text, value]) => ({ name: text, value }));
  const x = [0, Math.max(1, ...racers.map((racer) => racer.steps))];
  const rule = { xs: x, colour: look.colour("line"), width: 1.25, dash: [6, 4] };
  const rules = lines.map(({ value }) => ({ ...rule, ys: [value, value] }));
  const curves = racers.map((racer) => ({ xs: racer.step, ys: racer[name], ...curve(racer), dots: 2.5 }));
  const log = name === "loss";
  const found = rangeOf([...curves.map((each) => each.ys), lines.map((line) => line.value)], log);
  const y = name === "score" ? [0, 1.02] : (found ?? [0.1, 1]);
  return { x, y, log, curves: [...rules, ...curves], inside: lines, cursor };
}

// The name of a line above it, or below where there is no room.
function nameInside(ctx, frame, lines, look) {
  ctx.font = look.font(13);
  ctx.textAlign = "right";
  ctx.textBaseline = "alphabetic";
  ctx.lineWidth = 4;
  ctx.lineJoin = "round";
  ctx.strokeStyle = look.colour("surface");
  ctx.fillStyle = look.colour("ink");
  let taken = frame.top;
  for (const { name, value } of [...lines].sort((a, b) => b.value - a.value)) {
    const line = frame.y.at(value);
    const place = line - 5 - 12 >= taken ? line - 5 : Math.max(line, taken) + 15;
    const text = `${name} ${fmtShort(value)}`;
    ctx.strokeText(text, frame.right - 2, place);
    ctx.fillText(text, frame.right - 2, place);
    taken = Math.max(line, place) + 2;
  }
}

function profileScene(racers, data, as, place, curve, look) {
  const curves = racers.flatMap((racer) => {
    const [middle, low, high] = racer.bands[as];
    const edge = { xs: racer.lags, colour: curve(racer).colour, width: 1, alpha: 0.45 };
    return [
      { ...edge, ys: low },
      { ...edge, ys: high },
      { ...curve(racer), xs: racer.lags, ys: middle, width: 2.75 },
    ];
  });
  const found = rangeOf(
    curves.map((each) => each.ys.map((value) => Math.max(value, RACE_FLOOR))),
    true,
  ) ?? [RACE_FLOOR, 1];
  const most = Math.max(1, ...racers.map((racer) => racer.lags.at(-1) ?? 0));
  const marks = (data.needed ?? []).map((x) => ({ x, colour: look.colour("line") }));
  const y = [Math.max(found[0], RACE_FLOOR), found[1]];
  return { x: [0, most], y, log: true, curves, cursor: place, marks, yText: (ticks) => ticks.map(tickOf) };
}

function tickOf(tick) {
  return tick < 1e-3 || tick >= 1e5 ? powerText(tick) : String(Number(tick.toPrecision(3)));
}

// What a racer had at an update (null: the newest), and at so many steps back.
function valuesOf(racer, step, place, as, moment) {
  const row = step == null ? racer.step.length - 1 : racer.step.findLastIndex((each) => each <= step);
  const at = place == null ? -1 : nearest(racer.lags, place);
  const shown = step == null ? racer.at : step === moment ? racer.of : racer.step[row];
  return {
    step: shown ?? NaN,
    loss: racer.loss[row] ?? NaN,
    score: racer.score[row] ?? NaN,
    left: racer.lags.length && at >= 0 ? racer.bands[as][0][at] : NaN,
  };
}
