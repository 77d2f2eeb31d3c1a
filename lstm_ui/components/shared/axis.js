// Tokens along the top of a heatmap, and the numbers of its units along the left side.

const LABELS = 14; // font size of tokens and units
const PIECE = 110; // pixels: the least room for a piece of text where columns are too narrow for tokens

// How tokens fit over columns of `each` pixels: flat (each over its column), upright (words that stand on theirs), or
// pieces (every so many columns the text that begins there). {kind, size, top}; top is the height they need.
function fitTokens(ctx, look, tokens, each) {
  // Characters, even if a few tokens are longer, such as the one for the beginning.
  const short = tokens.filter((token) => [...token.shown].length < 3).length > 0.85 * tokens.length;
  // Single characters shrink to their column.
  const size = short ? Math.max(9, Math.min(LABELS, 0.8 * each)) : LABELS;
  ctx.font = look.font(size);
  const widths = tokens.map((token) => ctx.measureText(token.shown).width).sort((a, b) => a - b);
  const widest = widths.at(-1) ?? 0;
  // A few long words do not turn all the others: they are cut.
  const flat = short ? each >= 9 : each >= 36 && widths[Math.floor(0.85 * (widths.length - 1))] + 4 <= each;
  const kind = flat ? "flat" : !short && each >= LABELS + 2 ? "upright" : "pieces";
  const top = { flat: LABELS + 10, upright: Math.min(96, widest + 10), pieces: LABELS + 14 }[kind];
  return { kind, size: kind === "pieces" ? LABELS : size, top, gap: short ? "" : " " };
}

// frame: {left, top, each}; first: the token over the first column.
function drawTokens(ctx, look, tokens, fit, frame, first = 0) {
  ctx.font = look.font(fit.size);
  ctx.textBaseline = "middle";
  if (fit.kind === "pieces") drawPieces(ctx, look, tokens, fit, frame, first);
  else tokens.forEach((token, t) => drawToken(ctx, look, token, fit, frame, t));
}

function drawToken(ctx, look, token, { kind }, frame, t) {
  const upright = kind === "upright";
  ctx.fillStyle = look.colour(token.sign ? "muted" : "ink");
  ctx.save();
  ctx.translate(frame.left + (t + 0.5) * frame.each, upright ? frame.top - 5 : frame.top / 2);
  if (upright) ctx.rotate(-Math.PI / 2);
  ctx.textAlign = upright ? "left" : "center";
  const room = upright ? frame.top - 8 : Math.max(frame.each - 2, 24);
  ctx.fillText(fitText(ctx, token.shown, room), 0, 0);
  ctx.restore();
}

function drawPieces(ctx, look, tokens, { gap }, frame, first) {
  const every = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250].find((step) => step * frame.each >= PIECE) ?? 500;
  ctx.textAlign = "left";
  ctx.fillStyle = look.colour("ink");
  ctx.strokeStyle = look.colour("line");
  ctx.lineWidth = 1;
  for (let t = 0; t < tokens.length; t += 1) {
    if ((first + t) % every) continue;
    const x = Math.round(frame.left + t * frame.each) + 0.5;
    stroke(ctx, x, 4, x, frame.top - 1);
    const piece = tokens.slice(t, t + every);
    ctx.fillText(pieceFrom(ctx, piece, gap, piece.length * frame.each - 8), x + 4, frame.top / 2 - 1);
  }
}

// As many whole tokens as fit, and a sign where some are left out; among others a space needs no sign.
function pieceFrom(ctx, tokens, gap, room) {
  const shown = tokens.map((token) => (token.shown === "\u2423" ? " " : token.shown));
  const first = (count) => shown.slice(0, count).join(gap) + (count < shown.length ? "\u2026" : "");
  let count = shown.length;
  while (count > 1 && ctx.measureText(first(count)).width > room) count -= 1;
  return fitText(ctx, first(count), room);
}

// Every so many numbers, so that they do not touch; frame: {left, top, row}, and taken: {at, room} where something else
// stands.
function drawUnits(ctx, look, units, frame) {
  const every = [1, 2, 5, 10, 20, 50, 100].find((step) => step * frame.row >= LABELS + 2) ?? 200;
  ctx.font = look.font(LABELS);
  ctx.fillStyle = look.colour("muted");
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  // Round numbers where all units are here in their order, else every so many as they come.
  const all = units.every((unit, u) => unit === units[0] + u);
  units.forEach((unit, u) => {
    const named = all ? (unit + 1) % every === 0 || (u === 0 && every > 2) : u % every === 0;
    const place = Math.max((u + 0.5) * frame.row, LABELS / 2);
    const taken = frame.taken && Math.abs(place - frame.taken.at) < frame.taken.room + LABELS / 2;
    if (named && !taken) ctx.fillText(String(unit + 1), frame.left - 7, frame.top + place);
  });
}

// The numbers left of a picture, each with a line through it; ticks with their texts, frame and y as a chart has them.
function drawTicks(ctx, look, { ticks, texts, frame, y }) {
  ctx.font = look.font(13);
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  ctx.lineWidth = 1;
  ticks.forEach((tick, k) => {
    const place = Math.round(y.at(tick)) + 0.5;
    ctx.strokeStyle = look.colour("hairline");
    stroke(ctx, frame.left, place, frame.right, place);
    ctx.fillStyle = look.colour("muted");
    ctx.fillText(texts[k], frame.left - 8, place);
  });
}
