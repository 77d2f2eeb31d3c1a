// Parts are told apart by a pattern as well as by a colour: lines of five kinds, dots, or none.

const PATTERNS = new Map(); // a pattern is made once for each colour, kind and sharpness
const TILE = 8; // pixels
const STROKES = {
  rise: [[-2, 10, 10, -2], [-6, 6, 6, -6], [2, 14, 14, 2]],
  fall: [[-2, -2, 10, 10], [-6, 2, 6, 14], [2, -6, 14, 6]],
  level: [[0, 2, 8, 2], [0, 6, 8, 6]],
  upright: [[2, 0, 2, 8], [6, 0, 6, 8]],
  cross: [[0, 4, 8, 4], [4, 0, 4, 8]],
  dots: [],
}; // prettier-ignore

function patternOf(ctx, colour, kind, ratio) {
  if (kind === "solid") return colour;
  const name = `${colour} ${kind} ${ratio}`;
  if (!PATTERNS.has(name)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = Math.round(TILE * ratio);
    const pen = tile.getContext("2d");
    pen.scale(tile.width / TILE, tile.width / TILE);
    pen.fillStyle = pen.strokeStyle = colour;
    pen.lineWidth = 2;
    for (const line of STROKES[kind]) stroke(pen, ...line);
    if (kind === "dots")
      for (const [x, y] of [[2, 2], [6, 6]]) {
        pen.beginPath();
        pen.arc(x, y, 1.5, 0, 7);
        pen.fill();
      } // prettier-ignore
    const pattern = ctx.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    PATTERNS.set(name, pattern);
  }
  return PATTERNS.get(name);
}

// A box of a part: its lines on the ground, and an outline in its colour.
function fillPart(ctx, look, { colour, pattern }, box, ratio) {
  const fill = look.colour(colour);
  ctx.fillStyle = look.colour("surface");
  ctx.fillRect(...box);
  ctx.fillStyle = patternOf(ctx, fill, pattern, ratio);
  ctx.fillRect(...box);
  const [x, y, wide, high] = box;
  if (pattern === "solid" || wide < 5 || high < 3) return;
  ctx.strokeStyle = fill;
  ctx.lineWidth = 1;
  ctx.strokeRect(x + 0.5, y + 0.5, wide - 1, high - 1);
}

// A sample of a part beside its name.
class Swatch {
  constructor(parent, look, part) {
    const canvas = html(parent, "canvas", { class: "swatch", "aria-hidden": "true" });
    this.surface = new Surface(canvas, (ctx, width, height) =>
      fillPart(ctx, look, part, [0, 0, width, height], this.surface.ratio),
    );
  }
}
