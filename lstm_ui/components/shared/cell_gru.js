// The GRU: one state runs along the top; r decides what of it the candidate sees, z how much of it stays.

const GRU_WIDE = {
  name: "wide",
  W: 700,
  H: 542,
  body: [112, 6, 476, 452],
  cardWidth: 92,
  cardHeight: 150,
  portHeight: 94,
  valve: 20,
  gates: { r: 172, z: 300, n: 490 },
  top: 62,
  middle: 148,
  lower: 194,
  card: 226,
  hLine: 402,
  xLine: 440,
  drop: 122,
  h_prev: [2, 16],
  h: [594, 16],
  port: 104,
  x: [132, 468, 190, 72],
  join: 172,
  spread: 14,
  one: 384,
  box: 16,
  weights: { after: 350, before: 426 },
  shutter: { after: 404, before: 376 },
  zh: [395, 46, "middle"],
  zn: [482, 110, "end"],
  z1: [432, 131, "middle"],
  rq: [428, 431, "start"],
};
const GRU_NARROW = {
  name: "narrow",
  W: 360,
  H: 604,
  body: [2, 100, 356, 396],
  cardWidth: 79,
  cardHeight: 142,
  portHeight: 88,
  valve: 16,
  gates: { r: 58, z: 146, n: 296 },
  top: 130,
  middle: 218,
  lower: 250,
  card: 282,
  hLine: 448,
  xLine: 478,
  drop: 10,
  h_prev: [2, 16],
  h: [262, 16],
  port: 96,
  x: [96, 514, 168, 78],
  join: 130,
  spread: 12,
  one: 208,
  box: 14,
  weights: { after: 203, before: 240 },
  shutter: { after: 235, before: 207 },
  zh: [222, 116, "middle"],
  zn: [286, 176, "end"],
  z1: null,
  rq: null,
};

function drawGru(d) {
  const { model, size } = d;
  const { gates, top, middle, card } = size;
  const r = size.valve;
  drawGruState(d);
  drawGruReset(d);
  d.wire(`M${gates.z} ${card}V${top + r}`, { way: "z", signal: "z", since: 3, head: [gates.z, top + r, "up"] });
  d.wire(`M${gates.z} ${middle}H${gates.n - r}`, {
    way: "z1",
    signal: "z",
    since: 5,
    head: [gates.n - r, middle, "right"],
  });
  d.dot(gates.z, middle, "z", 5);
  d.operator(size.one, middle, { text: `1${MINUS}`, since: 5, signal: "z" });
  d.wire(`M${gates.n} ${card}V${middle + r}`, { way: "n", signal: "n", since: 4, head: [gates.n, middle + r, "up"] });
  d.wire(`M${gates.n} ${middle - r}V${top + r}`, {
    way: "zn",
    signal: "h",
    since: 5,
    head: [gates.n, top + r - 2, "up"],
  });
  d.gate(gates.r, card, {
    key: "r",
    fn: "\u03c3",
    sums: 2,
    since: 3,
    caption: "reset gate: how much of the past the candidate sees",
  });
  d.gate(gates.z, card, {
    key: "z",
    fn: "\u03c3",
    sums: 2,
    since: 3,
    caption: "update gate: how much of the past stays",
  });
  d.gate(gates.n, card, {
    key: "n",
    fn: "tanh",
    sums: 4,
    since: 4,
    kind: "signed",
    caption: "candidate: what the new state could be",
  });
  d.valve(gates.z, top, { key: "z", flow: "h", since: 5 });
  d.valve(gates.n, middle, { key: "z", flow: "n", since: 5, upright: true, invert: true });
  d.operator(gates.n, top, { text: "+", since: 5, signal: "h" });
  const tags = { zh: 5, zn: 5, z1: 5, rq: 4 };
  for (const [name, since] of Object.entries(tags)) {
    if (!size[name]) continue;
    const key = name === "rq" ? (model.variant.reset_after ? "rq.n" : "q.n") : name;
    d.tag(size[name][0], size[name][1], { key, since, anchor: size[name][2] });
  }
}

// Ports, the state's conveyor, and the two lines that feed the gates: h from above, x from below.
function drawGruState(d) {
  const { size } = d;
  const { gates, top, card, hLine, xLine, drop, spread } = size;
  const r = size.valve,
    wide = size.name === "wide",
    low = card + size.cardHeight;
  d.wire(wide ? `M106 ${top}H${gates.z - r}` : `M22 102V${top}H${gates.z - r}`, {
    way: "h_in",
    signal: "h",
    since: 1,
    kind: "thick",
  });
  d.wire(`M${gates.z + r} ${top}H${gates.n - r}`, { way: "h_mid", signal: "h", since: 5, kind: "thick" });
  const out = wide ? `M${gates.n + r} ${top}H594` : `M${gates.n + r} ${top}H336V104`;
  d.wire(out, {
    way: "h_out",
    signal: "h",
    since: 5,
    kind: "thick",
    head: wide ? [594, top, "right"] : [336, 104, "up"],
  });
  d.wire(wide ? `M${drop} ${top}V${hLine}H${gates.z - spread}` : `M22 ${top}H${drop}V${hLine}H${gates.z - spread}`, {
    way: "h_tap",
    signal: "h",
    since: 1,
  });
  d.dot(wide ? drop : 22, top, "h", 1);
  d.wire(`M${size.join} ${size.x[1]}V${xLine}`, { way: "x", signal: "x", since: 1 });
  d.wire(`M${Math.min(gates.r + spread, size.join)} ${xLine}H${gates.n + spread}`, {
    way: "x_bus",
    signal: "x",
    since: 1,
  });
  d.dot(size.join, xLine, "x", 1);
  for (const key of ["r", "z"]) {
    d.wire(`M${gates[key] - spread} ${hLine}V${low}`, {
      way: `h.${key}`,
      signal: "h",
      since: 2,
      head: [gates[key] - spread, low, "up"],
    });
    d.wire(`M${gates[key] + spread} ${xLine}V${low}`, {
      way: `x.${key}`,
      signal: "x",
      since: 2,
      kind: "over",
      head: [gates[key] + spread, low, "up"],
    });
  }
  d.wire(`M${gates.n + spread} ${xLine}V${low}`, {
    way: "x.n",
    signal: "x",
    since: 4,
    kind: "over",
    head: [gates.n + spread, low, "up"],
  });
  d.port(...size.h_prev, {
    key: "h_prev",
    symbol: "h_prev",
    since: 1,
    w: size.port,
    caption: "state before this step",
  });
  d.input(...size.x.slice(0, 2), { w: size.x[2], h: size.x[3], since: 1 });
  d.port(...size.h, {
    key: "h",
    symbol: "h",
    since: 5,
    w: size.port,
    caption: "state after this step: to the next step, and to the layer above",
  });
}

// The reset gate's shutter stands after the recurrent weights (PyTorch, Keras) or before them (the paper of 2014).
function drawGruReset(d) {
  const { size, model } = d;
  const { gates, lower, card, hLine, spread } = size;
  const order = model.variant.reset_after ? "after" : "before";
  const weights = size.weights[order],
    shutter = size.shutter[order],
    r = size.valve;
  const end = gates.n - spread,
    low = card + size.cardHeight;
  d.wire(`M${gates.z - spread} ${hLine}H${end}V${low}`, { way: "h.n", signal: "h", since: 4, head: [end, low, "up"] });
  d.wire(`M${gates.r} ${card}V${lower}H${shutter}V${hLine - r}`, {
    way: "r",
    signal: "r",
    since: 4,
    kind: "over",
    head: [shutter, hLine - r, "down"],
  });
  const group = d.stage(node(d.parts, "g", { class: "operator" }), 4);
  const half = size.box;
  node(group, "rect", {
    x: weights - half,
    y: hLine - half,
    width: 2 * half,
    height: 2 * half,
    rx: 5,
    class: "op-back",
    style: "stroke:var(--gs-h)",
  });
  writeSvg(node(group, "text", { x: weights, y: hLine + 5.5, "text-anchor": "middle", class: "op word" }), "W_{h}");
  node(group, "title", {}, "the recurrent weights of the candidate");
  d.valve(shutter, hLine, { key: "r", flow: "h", since: 4 });
}
