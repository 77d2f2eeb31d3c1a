// The knife: where it lies, kept in the browser; everything follows without asking the page.

const REST = 500; // milliseconds without a change before the page is told

class KnifeView {
  constructor(root, data, send) {
    Object.assign(this, { root, send });
    this.look = new Look(root);
    this.find = (name) => root.querySelector(name);
    keepKeys(root);
    this.canvas = this.find("canvas");
    this.strip = new Strip(this.canvas, this.look, { cut: (cut) => this.move(cut) });
    this.blocks = new Blocks(root);
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.setData(data);
  }

  setData(data) {
    const themed = this.look.read();
    const content = JSON.stringify({ ...data, cut: null });
    if (content === this.content && !themed) return;
    if (content !== this.content) {
      const isOther = data.id !== this.cuts?.id;
      this.cuts = new Cuts(data);
      this.cut = isOther ? data.cut : Math.min(this.cut, data.cuts - 1);
      if (isOther) this.sent = this.cut;
      this.blocks.build(this.cuts);
      this.writeObjective();
    }
    this.content = content;
    this.render();
  }

  writeObjective() {
    const { objective, value } = this.cuts;
    this.find(".objective").hidden = !objective;
    setText(this.find(".objective-words"), `Differentiated: ${objective}${value == null ? "." : " ="}`);
    const number = this.find('[data-value="objective"]');
    number.hidden = value == null;
    if (value != null) setNumber(number, value, fmt(value));
  }

  // With the arrows the knife goes where they point; up is a longer way back.
  key(event) {
    const side = this.cuts.onward;
    const moves = { ArrowLeft: -side, ArrowRight: side, ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    const ends = { Home: -side * Infinity, End: side * Infinity };
    const by = moves[event.key] ?? ends[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.move(this.cut + by);
  }

  move(cut) {
    const inside = Math.max(0, Math.min(this.cuts.cuts - 1, cut));
    if (inside === this.cut) return;
    this.cut = inside;
    this.speaks = true;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
    this.tell();
  }

  // To the page, once the reader is at rest.
  tell() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      if (this.closed || this.sent === this.cut) return;
      this.sent = this.cut;
      this.send({ id: this.cuts.id, cut: this.cut });
    }, REST);
  }

  render() {
    this.frame = null;
    if (this.closed) return;
    const { cuts, cut, canvas } = this;
    this.strip.show({ cuts, cut });
    this.blocks.update(cuts, cut);
    const words = cuts.words(cut);
    setText(this.find(".words"), words);
    setAttr(canvas, "aria-valuemin", 0);
    setAttr(canvas, "aria-valuemax", cuts.cuts - 1);
    setAttr(canvas, "aria-valuenow", cut);
    setAttr(canvas, "aria-valuetext", words);
    setAttr(this.root, "data-cut", cut);
    setAttr(this.root, "data-ready", 1);
    clearTimeout(this.speaking);
    if (this.speaks) this.speaking = setTimeout(() => setText(this.find(".spoken"), this.said(words)), 700);
  }

  said(words) {
    const { cuts, cut } = this;
    const rows = cuts.blocks.map(({ label }, k) => {
      const numbers = `norm ${fmt(cuts.norm(cut, k))}, cosine ${fmt(cuts.cosine(cut, k))}`;
      return `${label.replace(/[_{}]/g, " ")}: ${numbers}`;
    });
    return `${words} ${rows.slice(0, 4).join("; ")}.`;
  }

  open() {
    this.closed = false;
    this.strip.surface.open();
    if (this.sent !== this.cut) this.tell(); // new data came in between
    this.render();
  }

  close() {
    this.closed = true;
    clearTimeout(this.rest);
    clearTimeout(this.speaking);
    this.strip.surface.close();
  }
}

// Streamlit calls this again, on the same element, when data or theme change.
export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = setStateValue;
  if (root.gsKnife?.closed) root.gsKnife.open();
  if (root.gsKnife) root.gsKnife.setData(data);
  else root.gsKnife = new KnifeView(root, data, (cut) => root.gsSend("cut", cut));
  return () => root.gsKnife?.close();
}
