// The LSTM as colah drew it: the memory runs along the top, gates sit below on the line of h and x.

const LSTM_WIDE = {
  name: "wide",
  W: 700,
  H: 520,
  body: [112, 6, 476, 424],
  cardWidth: 92,
  cardHeight: 150,
  portHeight: 94,
  valve: 20,
  gates: { f: 174, i: 272, g: 370, o: 468 },
  column: 544,
  top: 62,
  middle: 152,
  lower: 194,
  card: 226,
  bus: 404,
  c_prev: [2, 16],
  c: [594, 16],
  h_prev: [2, 357],
  h: [594, 357],
  port: 104,
  x: [152, 444, 190, 72],
  left: 106,
  right: 594,
  fc: [240, 46, "middle"],
  ig: [358, 112, "end"],
  tanh: 110,
  tanhTag: [558, 158, "start"],
  conveyor: 106,
  h_in: 106,
};
const LSTM_NARROW = {
  name: "narrow",
  W: 360,
  H: 580,
  body: [2, 100, 356, 372],
  cardWidth: 79,
  cardHeight: 142,
  portHeight: 88,
  valve: 16,
  gates: { f: 44, i: 126, g: 208, o: 290 },
  column: 340,
  top: 130,
  middle: 218,
  lower: 248,
  card: 282,
  bus: 450,
  c_prev: [2, 16],
  c: [262, 16],
  h_prev: [2, 482],
  h: [262, 482],
  port: 96,
  x: [106, 488, 148, 78],
  left: 2,
  right: 340,
  fc: [152, 116, "middle"],
  ig: [198, 176, "end"],
  tanh: 172,
  tanhTag: [322, 196, "end"],
  conveyor: 22,
  h_in: 22,
};

function drawLstm(d) {
  const { model, size } = d;
  const { gates, column, top, middle, lower, card, bus } = size;
  const { forget, input, output, peephole } = model.variant;
  const low = card + size.cardHeight,
    r = size.valve,
    wide = size.name === "wide";
  drawLstmStates(d);
  drawLstmPeepholes(d, { forget, input, output, peephole });
  // f: up to the shutter on the memory's own wire.
  if (forget !== "none")
    d.wire(`M${gates.f} ${card}V${top + r}`, { way: "f", signal: "f", since: 3, head: [gates.f, top + r, "up"] });
  // i and g: meet, and rise to the sum.
  if (input !== "none")
    d.wire(`M${gates.i} ${card}V${middle}H${gates.g - r}`, {
      way: "i",
      signal: "i",
      since: 3,
      head: [gates.g - r, middle, "right"],
    });
  d.wire(`M${gates.g} ${card}V${middle + r}`, { way: "g", signal: "g", since: 3, head: [gates.g, middle + r, "up"] });
  d.wire(`M${gates.g} ${middle - r}V${top + r}`, {
    way: "ig",
    signal: "c",
    since: 4,
    head: [gates.g, top + r - 2, "up"],
  });
  // o: to the shutter on the way out.
  if (output !== "none")
    d.wire(`M${gates.o} ${card}V${lower}H${column - r}`, {
      way: "o",
      signal: "o",
      since: peephole ? 5 : 3,
      head: [column - r, lower, "right"],
    });
  if (forget === "coupled") {
    const bend = card - (wide ? 18 : 14);
    d.wire(`M${gates.i} ${bend}H${gates.f + size.cardWidth / 2 - 14}V${card}`, {
      way: "coupled",
      signal: "i",
      since: 3,
      kind: "over",
      head: [gates.f + size.cardWidth / 2 - 14, card, "down"],
    });
    d.dot(gates.i, bend, "i", 3);
  }
  for (const key of ["f", "i", "g", "o"]) {
    const removed = { f: forget, i: input, o: output }[key] === "none";
    if (removed || (key === "f" && forget === "coupled")) continue;
    d.wire(`M${gates[key]} ${bus}V${low}`, { way: `h.${key}`, signal: "h", since: 2, head: [gates[key], low, "up"] });
  }
  drawLstmCards(d, { forget, input, output, peephole });
  d.valve(gates.f, top, { key: "f", flow: "c", since: 4, removed: forget === "none" });
  d.valve(gates.g, middle, { key: "i", flow: "g", since: 4, upright: true, removed: input === "none" });
  d.operator(gates.g, top, { text: "+", since: 4, signal: "c" });
  d.operator(column, size.tanh, { text: "tanh", since: 5, signal: "c", wide: true });
  d.valve(column, lower, { key: "o", flow: "c", since: 5, upright: true, removed: output === "none" });
  d.tag(size.fc[0], size.fc[1], { key: "fc", since: 4, anchor: size.fc[2] });
  d.tag(size.ig[0], size.ig[1], { key: "ig", since: 4, anchor: size.ig[2] });
  d.tag(size.tanhTag[0], size.tanhTag[1], { key: "tanh_c", since: 5, anchor: size.tanhTag[2] ?? "end" });
}

// Ports, the conveyor, the bus of h and x, the way out.
function drawLstmStates(d) {
  const { size } = d;
  const { gates, column, top, lower, bus } = size;
  const r = size.valve,
    wide = size.name === "wide";
  const join = size.x[0] + 40;
  d.wire(wide ? `M${size.left} ${top}H${gates.f - r}` : `M${size.conveyor} ${100}V${top}H${gates.f - r}`, {
    way: "c_in",
    signal: "c",
    since: 1,
    kind: "thick",
  });
  d.wire(`M${gates.f + r} ${top}H${gates.g - r}`, { way: "c_mid", signal: "c", since: 4, kind: "thick" });
  const out = wide ? `M${gates.g + r} ${top}H${size.right}` : `M${gates.g + r} ${top}H${column}V104`;
  d.wire(out, {
    way: "c_out",
    signal: "c",
    since: 4,
    kind: "thick",
    head: wide ? [size.right, top, "right"] : [column, 104, "up"],
  });
  d.wire(`M${column} ${top}V${size.tanh - r}`, { way: "c_tanh", signal: "c", since: 5 });
  d.dot(column, top, "c", 5);
  d.wire(`M${column} ${size.tanh + r - 5}V${lower - r}`, {
    way: "tanh_o",
    signal: "c",
    since: 5,
    head: [column, lower - r, "down"],
  });
  const last = d.model.variant.output === "none" ? gates.g : gates.o;
  d.wire(wide ? `M${size.left} ${bus}H${last}` : `M${size.h_in} 482V${bus}H${last}`, {
    way: "h_in",
    signal: "h",
    since: 1,
    kind: "thick",
  });
  d.wire(`M${join} ${size.x[1]}V${bus}`, { way: "x", signal: "x", since: 1, kind: "thick" });
  d.dot(join, bus, "x", 1);
  const way = wide ? `M${column} ${lower + r}V${bus}H${size.right}` : `M${column} ${lower + r}V482`;
  d.wire(way, {
    way: "h_out",
    signal: "h",
    since: 5,
    kind: "thick",
    head: wide ? [size.right, bus, "right"] : [column, 482, "down"],
  });
  d.port(...size.c_prev, {
    key: "c_prev",
    symbol: "c_prev",
    since: 1,
    w: size.port,
    caption: "cell state before this step: the memory that arrives",
  });
  d.port(...size.h_prev, {
    key: "h_prev",
    symbol: "h_prev",
    since: 1,
    w: size.port,
    caption: "output before this step",
  });
  d.input(...size.x.slice(0, 2), { w: size.x[2], h: size.x[3], since: 1 });
  d.port(...size.c, {
    key: "c",
    symbol: "c",
    since: 4,
    w: size.port,
    caption: "cell state after this step: the memory that goes on",
  });
  d.port(...size.h, {
    key: "h",
    symbol: "h",
    since: 5,
    w: size.port,
    caption: "output: to the next step, and to the layer above",
  });
}

function drawLstmCards(d, { forget, input, output, peephole }) {
  const { gates, card } = d.size;
  const late = peephole ? 5 : null; // with peepholes o has to wait for c
  if (forget === "none")
    d.missing(gates.f, card, { key: "f", text: "removed", caption: "removed: all of the old cell state passes" });
  else if (forget === "coupled") d.coupled();
  else
    d.gate(gates.f, card, {
      key: "f",
      fn: "\u03c3",
      sums: 2,
      since: 3,
      caption: "forget gate: how much of the old cell state is kept",
    });
  if (input === "none")
    d.missing(gates.i, card, { key: "i", text: "removed", caption: "removed: all of the candidate passes" });
  else
    d.gate(gates.i, card, {
      key: "i",
      fn: "\u03c3",
      sums: 2,
      since: 3,
      caption: "input gate: how much of the candidate is written",
    });
  d.gate(gates.g, card, {
    key: "g",
    fn: "tanh",
    sums: 2,
    since: 3,
    kind: "signed",
    caption: "candidate: what could be written",
  });
  if (output === "none")
    d.missing(gates.o, card, { key: "o", text: "removed", caption: "removed: all of tanh c is shown" });
  else
    d.gate(gates.o, card, {
      key: "o",
      fn: "\u03c3",
      sums: late ?? 2,
      since: late ?? 3,
      caption: "output gate: how much of the cell state is shown",
    });
}

// Peepholes: i and f look at the memory that arrives, o at the one just written.
function drawLstmPeepholes(d, { forget, input, output, peephole }) {
  if (!peephole) return;
  const { gates, top, card, cardWidth: w } = d.size;
  const wide = d.size.name === "wide";
  const level = card - (wide ? 30 : 22),
    start = wide ? 124 : 12;
  const taps = [
    forget === "learned" && ["f", gates.f - w / 2 + (wide ? 12 : 6)],
    input === "learned" && ["i", gates.i - w / 2 + 12],
  ].filter(Boolean);
  if (taps.length) {
    d.wire(`M${start} ${top}V${level}H${taps.at(-1)[1]}`, { way: "peep", signal: "c", since: 2, kind: "peep over" });
    d.dot(start, top, "c", 2);
    for (const [gate, x] of taps)
      d.wire(`M${x} ${level}V${card - 16}`, {
        way: `peep.${gate}`,
        signal: "c",
        since: 2,
        kind: "peep over",
        head: [x, card - 14, "down"],
      });
  }
  if (output === "learned") {
    const x = gates.o - w / 2 + 12;
    d.wire(`M${x} ${top}V${card - 16}`, {
      way: "peep.o",
      signal: "c",
      since: 5,
      kind: "peep over",
      head: [x, card - 14, "down"],
    });
    d.dot(x, top, "c", 5);
  }
}
