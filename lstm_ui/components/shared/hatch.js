// Diagonal lines in a colour, as fine on every screen: told from a solid ground without telling hues apart.

const HATCHES = new Map(); // a pattern is made once for each colour and sharpness

function hatch(ctx, colour, ratio) {
  const name = `${colour} ${ratio}`;
  if (!HATCHES.has(name)) {
    const tile = document.createElement("canvas");
    const size = Math.round(6 * ratio);
    tile.width = tile.height = size;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour;
    pen.lineWidth = 1.4 * ratio;
    for (const shift of [-size, 0, size]) stroke(pen, shift, size, shift + size, 0);
    const pattern = ctx.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    HATCHES.set(name, pattern);
  }
  return HATCHES.get(name);
}
