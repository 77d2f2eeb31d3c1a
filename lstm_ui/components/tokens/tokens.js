// The coloured text: which token is pointed at, which is chosen; everything follows.

class Tokens {
  constructor(root, data, send) {
    Object.assign(this, { root, send, current: null });
    this.look = new Look(root);
    keepKeys(root);
    const actions = {
      point: (t) => this.point(Number.isNaN(t) ? null : t),
      pick: (t) => Number.isNaN(t) || this.pick(t),
    };
    this.text = new Text(root, this.look, actions);
    this.curves = new TokenCurves(root, this.look, actions);
    this.bar = new Surface(root.querySelector(".legend-bar"), (ctx, width, height) =>
      this.paintBar(ctx, width, height),
    );
    this.text.box.addEventListener("keydown", (event) => this.key(event));
    this.text.box.addEventListener("blur", () => this.point(null));
    this.setData(data);
  }

  setData(data) {
    const themed = this.look.read();
    const content = JSON.stringify({ ...data, chosen: null });
    if (content === this.content && !themed) return;
    const same = data.id === this.data?.id;
    this.content = content;
    this.data = {
      ...data,
      values: data.values && floatsOf(data.values),
      curves: data.curves.map(([label, row]) => [label, floatsOf(row)]),
    };
    if (!same) this.chosen = data.chosen;
    this.chosen = this.chosen == null || !data.tokens.length ? null : Math.min(this.chosen, data.tokens.length - 1);
    this.current = null;
    this.text.build(this.data);
    this.text.paint();
    this.curves.build(this.data);
    this.writeLegend();
    this.render();
  }

  writeLegend() {
    const { scale, name, unit, values } = this.data;
    const find = (part) => this.root.querySelector(`.legend${part}`);
    find("").hidden = !values;
    setText(find("-name"), unit ? `${name} in ${unit}` : name);
    const beyond = beyondEnds(values ? [values] : [], scale.low, scale.high);
    const [low, high] = endTexts(fmtShort(scale.low), fmtShort(scale.high), beyond);
    setText(find("-low"), low);
    setText(find("-high"), high);
    this.bar.changed();
  }

  paintBar(ctx, width, height) {
    if (!this.data?.values) return;
    const table = this.look.table(this.data.scale.kind === "signed" ? "diverging" : "sequential");
    for (let x = 0; x < width; x += 1) {
      ctx.fillStyle = table.css[table.index(x / (width - 1))];
      ctx.fillRect(x, 0, 1.5, height);
    }
  }

  key(event) {
    const last = this.data.tokens.length - 1;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10, Home: -Infinity, End: Infinity };
    const by = moves[event.key];
    if (last < 0) return;
    const from = this.current ?? this.chosen;
    if (by !== undefined) this.point(Math.max(0, Math.min(last, from == null ? (by > 0 ? 0 : last) : from + by)));
    else if (event.key === "Enter" || event.key === " ") from == null || this.pick(from);
    else if (event.key === "Escape") this.point(null);
    else return;
    event.preventDefault();
  }

  point(t) {
    if (t === this.current) return;
    this.current = t;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  pick(t) {
    this.chosen = t;
    this.current = t;
    this.render();
    this.send({ id: this.data.id, index: t });
  }

  render() {
    this.frame = null;
    if (this.closed) return;
    const t = this.current ?? this.chosen;
    this.text.mark(this.current, this.chosen);
    this.curves.show(this.current, this.chosen);
    const idle = this.data.tokens.length ? "Point at a token to read its numbers." : "No tokens yet.";
    const reading = t == null ? idle : this.text.describe(t);
    setText(this.root.querySelector(".reading"), reading);
    if (t == null) this.text.box.removeAttribute("aria-activedescendant");
    else this.text.box.setAttribute("aria-activedescendant", `token-${t}`);
    clearTimeout(this.speaking);
    if (this.current != null)
      this.speaking = setTimeout(() => setText(this.root.querySelector(".spoken"), reading), 500);
    setAttr(this.root, "data-ready", 1);
  }

  open() {
    this.closed = false;
    this.bar.open();
    this.curves.surface.open();
  }

  close() {
    this.closed = true;
    clearTimeout(this.speaking);
    this.bar.close();
    this.curves.surface.close();
  }
}

// Streamlit calls this again, on the same element, when data or theme change.
export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = setStateValue;
  if (root.gsTokens?.closed) root.gsTokens.open();
  if (root.gsTokens) root.gsTokens.setData(data);
  else root.gsTokens = new Tokens(root, data, (pick) => root.gsSend("pick", pick));
  return () => root.gsTokens?.close();
}
