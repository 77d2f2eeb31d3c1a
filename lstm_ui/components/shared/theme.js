// Light or dark, and the colours of the mode: read from the page once and again when the theme changes.

class Look {
  constructor(root) {
    this.root = root;
    this.probe = html(root, "span", { class: "probe", "aria-hidden": "true" });
    this.read();
  }

  // Light or dark is whatever ground Streamlit puts us on. True when it changed.
  read() {
    const ground = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    this.probe.style.color = ground || "white";
    const [r, g, b] = getComputedStyle(this.probe)
      .color.match(/[\d.]+/g)
      .map(Number);
    const mode = luminance([r, g, b]) < 0.5 ? "dark" : "light";
    if (mode === this.mode) return false;
    this.mode = mode;
    this.root.setAttribute("data-mode", mode);
    this.style = getComputedStyle(this.root);
    this.known = {};
    this.tables = {};
    return true;
  }

  // A custom property of the theme: colour("ink") is --gs-ink.
  colour(name) {
    this.known[name] ??= this.style.getPropertyValue(`--gs-${name}`).trim();
    return this.known[name];
  }

  // One of the curves' colours, going round.
  curve(k) {
    const all = this.colour("curves").split(",");
    return all[k % all.length];
  }

  font(size, weight = 400) {
    return `${weight} ${size}px ${this.colour("font-body")}`;
  }

  // 256 colours, "sequential" or "diverging".
  table(name) {
    this.tables[name] ??= new ColourTable(this.colour(name).split(","));
    return this.tables[name];
  }
}

// From 0 (black) to 1 (white), as the eye weighs the three.
function luminance([r, g, b]) {
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

// The same in physical terms, as the WCAG takes contrast from it: above 0.179 dark letters stand out more than white.
function brightness(rgb) {
  const [r, g, b] = rgb.map(linear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const DARK_INK = "#0b0e12";

function linear(value) {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}

class ColourTable {
  constructor(anchors) {
    const stops = anchors.map((text) => labOf([1, 3, 5].map((at) => parseInt(text.trim().slice(at, at + 2), 16))));
    this.rgb = Array.from({ length: 256 }, (_, k) => {
      const place = (k / 255) * (stops.length - 1);
      const low = Math.min(stops.length - 2, Math.floor(place)),
        share = place - low;
      return rgbOf(stops[low].map((value, axis) => value + share * (stops[low + 1][axis] - value)));
    });
    // One word a pixel, as ImageData keeps it: alpha, blue, green, red.
    this.words = Uint32Array.from(this.rgb, ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0);
    this.css = this.rgb.map(([r, g, b]) => `rgb(${r} ${g} ${b})`);
    this.ink = this.rgb.map((rgb) => (brightness(rgb) > 0.179 ? DARK_INK : "#ffffff"));
  }

  // Which of the 256: a share from 0 to 1.
  index(share) {
    return Math.round(255 * Math.max(0, Math.min(1, share)));
  }
}

// Colours are mixed in OKLab (Ottosson 2020), where equal distances look equal.
function labOf(rgb) {
  const [r, g, b] = rgb.map(linear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function rgbOf([L, A, B]) {
  const l = (L + 0.3963377774 * A + 0.2158037573 * B) ** 3;
  const m = (L - 0.1055613458 * A - 0.0638541728 * B) ** 3;
  const s = (L - 0.0894841775 * A - 1.291485548 * B) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((v) => {
    const shown = v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055;
    return Math.max(0, Math.min(255, Math.round(255 * shown)));
  });
}

// Streamlit listens on the document ("r" reruns, "c" clears the cache): what is typed here stays here.
function keepKeys(root) {
  for (const name of ["keydown", "keyup", "keypress"])
    root.addEventListener(name, (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    });
}
