// Curves with axes on a canvas. A scene is plain data; drawing it gives back where things are, for the mouse.
//
// scene: x [low, high], y [low, high], log, curves [{xs, ys, colour, width, alpha, dash, dots}],
//        lines [{name, value}] (horizontal, named at the right edge), own {range, colour} (a second axis, inside),
//        left, right (fixed room at the sides, to line up with other pictures), cursor (x) and
//        marks [{x, name, colour}] (vertical), yText(ticks), xText(tick)

const LINE_ROOM = 15; // pixels between two names at the right edge

function drawPlot(ctx, width, height, scene, look) {
  ctx.font = look.font(13);
  const lines = scene.lines ?? [];
  const names = lines.map((line) => fitText(ctx, `${line.name} ${fmtShort(line.value)}`, width * 0.3));
  const rough = new Scale(...scene.y, height, 0, scene.log).ticks(Math.max(2, Math.floor(height / 46)));
  const texts = (scene.yText ?? tickTexts)(rough);
  const wide = Math.max(0, ...texts.map((text) => ctx.measureText(text).width));
  // Room for the names of the lines, and for half of a number below the right edge.
  const half = ctx.measureText((scene.xText ?? wholeText)(scene.x[1])).width / 2;
  const right = scene.right ?? Math.max(10, half, ...names.map((name) => ctx.measureText(name).width + 12));
  const frame = { left: scene.left ?? wide + 12, right: width - right, top: scene.top ?? 10, bottom: height - 24 };
  const x = new Scale(...scene.x, frame.left, frame.right);
  const y = new Scale(...scene.y, frame.bottom, frame.top, scene.log);
  drawAxes(ctx, frame, x, y, rough, texts, scene, look);
  ctx.save();
  ctx.beginPath();
  ctx.rect(frame.left, frame.top - 3, frame.right - frame.left + 3, frame.bottom - frame.top + 6);
  ctx.clip();
  for (const line of lines) drawRule(ctx, frame, y.at(line.value), look);
  const own = scene.own ? new Scale(...scene.own.range, frame.bottom, frame.top) : null;
  for (const curve of scene.curves) drawCurve(ctx, x, curve.own ? own : y, curve);
  ctx.restore();
  if (own) drawOwnAxis(ctx, frame, own, scene.own, look);
  nameLines(ctx, frame, lines, names, y, look);
  for (const mark of scene.marks ?? []) drawMark(ctx, frame, x.at(mark.x), mark, look);
  if (scene.cursor != null) drawMark(ctx, frame, x.at(scene.cursor), { colour: look.colour("muted") }, look);
  return { ...frame, x, y };
}

function drawAxes(ctx, frame, x, y, ticks, texts, scene, look) {
  ctx.fillStyle = look.colour("muted");
  ctx.strokeStyle = look.colour("hairline");
  ctx.lineWidth = 1;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  ticks.forEach((tick, k) => {
    const place = Math.round(y.at(tick)) + 0.5;
    stroke(ctx, frame.left, place, frame.right, place);
    ctx.fillText(texts[k], frame.left - 7, place);
  });
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  const xTicks = x.ticks(Math.max(2, Math.floor((frame.right - frame.left) / 90)));
  xTicks.forEach((tick) => {
    if (scene.wholeX !== false && !Number.isInteger(tick)) return;
    ctx.fillText((scene.xText ?? wholeText)(tick), x.at(tick), frame.bottom + 18);
  });
  ctx.strokeStyle = look.colour("line");
  stroke(ctx, frame.left, frame.bottom + 0.5, frame.right, frame.bottom + 0.5);
}

function drawCurve(ctx, x, y, { xs, ys, colour, width = 2, alpha = 1, dash = [], dots = 0 }) {
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.setLineDash(dash);
  ctx.beginPath();
  let open = false;
  for (let k = 0; k < xs.length; k += 1) {
    const shown = Number.isFinite(ys[k]) && (!y.log || ys[k] > 0);
    if (!shown) open = false;
    else if (open) ctx.lineTo(x.at(xs[k]), y.at(ys[k]));
    else ctx.moveTo(x.at(xs[k]), y.at(ys[k]));
    open = shown;
  }
  ctx.stroke();
  ctx.setLineDash([]);
  if (dots || xs.length === 1)
    for (let k = 0; k < xs.length; k += 1) {
      if (!Number.isFinite(ys[k]) || (y.log && ys[k] <= 0)) continue;
      ctx.beginPath();
      ctx.arc(x.at(xs[k]), y.at(ys[k]), dots || 2.5, 0, 7);
      ctx.fill();
    }
  ctx.globalAlpha = 1;
}

function drawRule(ctx, frame, place, look) {
  ctx.strokeStyle = look.colour("line");
  ctx.lineWidth = 1.25;
  ctx.setLineDash([6, 4]);
  stroke(ctx, frame.left, place, frame.right, place);
  ctx.setLineDash([]);
}

// Names of lines that lie close together are moved apart, from the top down and then back up.
function nameLines(ctx, frame, lines, names, y, look) {
  const inside = (place) => Math.max(frame.top, Math.min(frame.bottom, place));
  const placed = lines.map((line, k) => ({ name: names[k], true: y.at(line.value), at: inside(y.at(line.value)) }));
  placed.sort((a, b) => a.at - b.at);
  spread(placed, LINE_ROOM, frame.bottom);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillStyle = look.colour("ink");
  ctx.strokeStyle = look.colour("line");
  ctx.lineWidth = 1;
  for (const { name, at, true: place } of placed) {
    if (Math.abs(at - place) > 1) stroke(ctx, frame.right, inside(place), frame.right + 7, at);
    ctx.fillText(name, frame.right + 9, at);
  }
}

function spread(placed, room, bottom) {
  for (let k = 1; k < placed.length; k += 1) placed[k].at = Math.max(placed[k].at, placed[k - 1].at + room);
  let floor = bottom;
  for (let k = placed.length - 1; k >= 0; k -= 1) {
    placed[k].at = Math.min(placed[k].at, floor);
    floor = placed[k].at - room;
  }
}

function drawOwnAxis(ctx, frame, own, { colour }, look) {
  const ticks = own.ticks(4);
  ctx.font = look.font(12);
  ctx.fillStyle = colour;
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  tickTexts(ticks).forEach((text, k) => ctx.fillText(text, frame.right - 3, own.at(ticks[k]) - 1));
  ctx.font = look.font(13);
}

function drawMark(ctx, frame, place, { colour, name }, look) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = name == null ? 1 : 2;
  stroke(ctx, place, frame.top, place, frame.bottom);
  if (name == null) return;
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(place, frame.top, 9, 0, 7);
  ctx.fill();
  ctx.fillStyle = look.colour("surface");
  ctx.font = look.font(13, 700);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(name, place, frame.top + 0.5);
  ctx.font = look.font(13);
}

function stroke(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

function fitText(ctx, text, room) {
  if (ctx.measureText(text).width <= room) return text;
  let short = text;
  while (short.length > 1 && ctx.measureText(`${short}\u2026`).width > room) short = short.slice(0, -1);
  return `${short}\u2026`;
}

// Three digits are enough beside a line; the exact value stands in the table of the page.
function fmtShort(value) {
  return Number(value.toPrecision(3)).toString().replace("-", MINUS);
}

// Whether values go beyond the first colour of a scale, and whether beyond its last: [below, above].
function beyondEnds(rows, low, high) {
  const least = (high - low) * 1e-4;
  const any = (is) => rows.some((values) => values.some(is));
  return [any((value) => value < low - least), any((value) => value > high + least)];
}

// The numbers at the ends of a row of colours.
function endTexts(low, high, [below, above]) {
  return [(below ? "\u2264 " : "") + low, (above ? "\u2265 " : "") + high];
}
