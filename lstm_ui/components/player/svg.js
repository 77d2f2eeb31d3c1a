// Small helpers that make elements. Text enters by textContent only: tokens are the reader's own words.

const SVG_NS = "http://www.w3.org/2000/svg";

function node(parent, tag, attributes = {}, text) {
  const element = document.createElementNS(SVG_NS, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

function html(parent, tag, attributes = {}, text) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

// Labels have a tiny markup: x_{t} is a subscript, x^{2} a superscript, *W* upright. Returns [text, kind] pairs.
function splitMarkup(markup) {
  const parts = [];
  const pattern = /([_^])\{([^}]*)\}|\*([^*]+)\*|([^_^*]+|[_^*])/g;
  for (const found of markup.matchAll(pattern)) {
    if (found[1]) parts.push([found[2], found[1] === "_" ? "sub" : "sup"]);
    else if (found[3]) parts.push([found[3], "upright"]);
    else parts.push([found[4], "plain"]);
  }
  return parts;
}

function writeHtml(element, markup) {
  element.replaceChildren();
  for (const [text, kind] of splitMarkup(markup)) {
    if (kind === "plain") element.append(text);
    else html(element, kind === "upright" ? "span" : kind, kind === "upright" ? { class: "upright" } : {}, text);
  }
}

// SVG has no sub element: tspans are shifted by hand and shifted back.
function writeSvg(element, markup) {
  element.replaceChildren();
  let back = 0;
  for (const [text, kind] of splitMarkup(markup)) {
    const shift = kind === "sub" ? 0.28 : kind === "sup" ? -0.38 : 0;
    const span = node(element, "tspan", { class: kind, dy: `${(shift - back).toFixed(2)}em` }, text);
    // dy is in the tspan's own em; sub and sup are set at 0.7 of the size.
    if (kind === "sub" || kind === "sup") span.setAttribute("dy", `${((shift - back) / 0.7).toFixed(2)}em`);
    back = shift;
  }
}

// A padlock as a drawing: as a character it would be an emoji in somebody else's colours.
function lockIcon(parent) {
  const svg = node(parent, "svg", { class: "lock-icon", viewBox: "-8 -9 16 17", "aria-hidden": "true" });
  node(svg, "path", { d: "M-5.5 -1h11v7.5h-11z M-3.5 -1v-2.5a3.5 3.5 0 0 1 7 0v2.5" });
  return svg;
}

function arrowHead(parent, x, y, direction, signal) {
  const s = 7;
  const shapes = {
    right: `M${x} ${y} l${-s - 3} ${-s} v${2 * s} z`,
    left: `M${x} ${y} l${s + 3} ${-s} v${2 * s} z`,
    up: `M${x} ${y} l${-s} ${s + 3} h${2 * s} z`,
    down: `M${x} ${y} l${-s} ${-s - 3} h${2 * s} z`,
  };
  return node(parent, "path", { d: shapes[direction], class: "head", style: `fill:var(--gs-${signal})` });
}
