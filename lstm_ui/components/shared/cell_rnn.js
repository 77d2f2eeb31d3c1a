// The plain RNN: one sum, one squashing, and round again.

const RNN_WIDE = {
  name: "wide",
  W: 700,
  H: 408,
  body: [112, 6, 476, 314],
  cardWidth: 132,
  cardHeight: 168,
  portHeight: 94,
  valve: 20,
  centre: 350,
  card: 34,
  bus: 262,
  h_prev: [2, 215],
  h: [594, 71],
  port: 104,
  x: [150, 332, 190, 72],
  join: 190,
};
const RNN_NARROW = {
  name: "narrow",
  W: 360,
  H: 380,
  body: [2, 14, 356, 262],
  cardWidth: 116,
  cardHeight: 152,
  portHeight: 88,
  valve: 16,
  centre: 150,
  card: 36,
  bus: 244,
  h_prev: [2, 286],
  h: [258, 72],
  port: 96,
  x: [110, 296, 190, 78],
  join: 190,
};

function drawRnn(d) {
  const { model, size } = d;
  const { centre, card, bus } = size;
  const low = card + size.cardHeight,
    wide = size.name === "wide",
    half = size.cardWidth / 2;
  d.wire(wide ? `M106 ${bus}H${centre - 18}V${low}` : `M30 286V${bus}H${centre - 18}V${low}`, {
    way: "h_in",
    signal: "h",
    since: 1,
    kind: "thick",
    head: [centre - 18, low, "up"],
  });
  d.wire(`M${size.join} ${size.x[1]}V${bus + 20}H${centre + 18}V${low}`, {
    way: "x",
    signal: "x",
    since: 1,
    kind: "thick",
    head: [centre + 18, low, "up"],
  });
  const level = size.h[1] + size.portHeight / 2;
  d.wire(`M${centre + half} ${level}H${size.h[0]}`, {
    way: "h_out",
    signal: "h",
    since: 3,
    kind: "thick",
    head: [size.h[0], level, "right"],
  });
  d.port(...size.h_prev, {
    key: "h_prev",
    symbol: "h_prev",
    since: 1,
    w: size.port,
    caption: "state before this step",
  });
  d.input(...size.x.slice(0, 2), { w: size.x[2], h: size.x[3], since: 1 });
  d.gate(centre, card, {
    key: "h",
    fn: model.variant.activation,
    sums: 2,
    since: 3,
    kind: "signed",
    caption: "the new state: squashed sum",
  });
  d.port(...size.h, {
    key: "h",
    symbol: "h",
    since: 3,
    w: size.port,
    caption: "state after this step: to the next step, and to the layer above",
  });
}
