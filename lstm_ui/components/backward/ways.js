// Which number goes which way through the drawing of a cell. "dc.output" is the part of dL/dc that comes that way,
// "dc.a+dc.b" two parts together. A way is lit in the sub-step of its number, or of the one behind it in the list.

const WAYS = {
  lstm: {
    h_out: ["dh"],
    o: ["do"],
    c_out: ["dc.highway"],
    c_tanh: ["dc.output"],
    tanh_o: ["dc.output"],
    "peep.o": ["dc.peephole_o"],
    c_mid: ["dc", "df"],
    ig: ["dc", "dg"],
    f: ["df"],
    i: ["di"],
    g: ["dg"],
    coupled: ["da_i.f"],
    "h.i": ["dh_prev.i"],
    "h.f": ["dh_prev.f"],
    "h.o": ["dh_prev.o"],
    "h.g": ["dh_prev.g"],
    h_in: ["dh_prev"],
    c_in: ["dc_prev"],
    peep: ["dc_prev.peephole_i+dc_prev.peephole_f"],
    "peep.i": ["dc_prev.peephole_i"],
    "peep.f": ["dc_prev.peephole_f"],
    x: ["dx"],
  },
  gru: {
    h_out: ["dh"],
    h_mid: ["dh", "dz"],
    zn: ["dh", "dn"],
    z: ["dz"],
    z1: ["dz"],
    n: ["dn"],
    "h.n": ["dq", "dr"],
    r: ["dr"],
    "h.r": ["dh_prev.r"],
    "h.z": ["dh_prev.z"],
    h_tap: ["dh_prev.r+dh_prev.z+dh_prev.n"],
    h_in: ["dh_prev"],
    "x.r": ["dx.r"],
    "x.z": ["dx.z"],
    "x.n": ["dx.n"],
    x_bus: ["dx"],
    x: ["dx"],
  },
  rnn: { h_out: ["dh"], h_in: ["dh_prev"], x: ["dx"] },
};

// What stands at the ports, beside the wires, and how far a shutter is open: the factor of that product.
const PORTS = { c: "dc.highway", h: "dh", c_prev: "dc_prev", h_prev: "dh_prev" };
const TAGS = { fc: "dc", tanh_c: "dc.output" };
const OPENINGS = { f: "dc_prev.highway", i: "dg.g", o: "dc.output", z: "dh_prev.highway", "1-z": "dn.n", r: "dq.n" };

// Of a GRU whose reset gate acts before the weights, what reaches the product r * h stands in the place of q.
function specOf(walk, spec) {
  if (walk.has("dq") || !spec.startsWith("dq")) return spec;
  return spec === "dq.n" ? "dh_prev.n" : "drh";
}

function partsOf(walk, t, spec) {
  return spec.split("+").flatMap((part) => {
    const [name, way] = specOf(walk, part).split(".");
    const quantity = walk.quantity(t, name);
    return way ? quantity.terms.filter((term) => term.name === way) : [quantity];
  });
}

// The number of a way at a step.
function sentBack(walk, t, spec) {
  return partsOf(walk, t, spec).reduce((sum, { value }) => sum + value, 0);
}

function openingOf(walk, t, spec) {
  const gate = partsOf(walk, t, spec)[0]?.factors.find(({ kind }) => kind === "gate");
  return gate ? gate.value : 1;
}

function isHeldAt(walk, t, name) {
  return walk.quantity(t, name).terms.some(({ factors }) => factors.some(({ kind }) => kind === "held"));
}
