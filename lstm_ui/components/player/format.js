// Numbers as text: four significant digits, a real minus sign, and the exact value kept beside it.

const MINUS = "\u2212";

function fmt(value) {
  if (!Number.isFinite(value)) return "\u2013";
  const size = Math.abs(value);
  if (size === 0) return "0";
  let text = size < 1e-3 ? size.toExponential(3) : size.toPrecision(4);
  if (text.includes("e")) {
    const [digits, exponent] = (size < 1e-3 ? text : size.toExponential(3)).split("e");
    text = `${digits}e${exponent.replace("+", "").replace("-", MINUS)}`;
  }
  return value < 0 ? MINUS + text : text;
}

// For differences: a plus sign says that it is a change.
function fmtSigned(value) {
  return value > 0 ? "+" + fmt(value) : fmt(value);
}

// Inside a formula a negative number that follows an operator stands in brackets.
function fmtInner(value, bracket) {
  const text = fmt(value);
  return bracket && value < 0 ? `(${text})` : text;
}

function percent(value) {
  return `${Math.round(100 * value)} %`;
}

// Write a number into an element only when it changed: text writes are what a step costs.
// A number of the core is a float32; String() of it names exactly that one.
function setNumber(element, value, text) {
  if (element.gsValue === value && element.gsText === text) return;
  element.gsValue = value;
  element.gsText = text;
  element.textContent = text;
  element.setAttribute("data-exact", Object.is(value, -0) ? "-0" : String(value));
}

function setText(element, text) {
  if (element.gsText === text) return;
  element.gsText = text;
  element.textContent = text;
}

function setAttr(element, name, value) {
  const text = String(value);
  const known = (element.gsAttributes ??= {});
  if (known[name] === text) return;
  known[name] = text;
  element.setAttribute(name, text);
}

function setStyle(element, name, value) {
  const known = (element.gsStyles ??= {});
  if (known[name] === value) return;
  known[name] = value;
  element.style[name] = value;
}
