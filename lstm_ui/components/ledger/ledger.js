// The ledger: which unit is shown, at which bar one points; everything follows, without asking the page.

class LedgerView extends UnitView {
  constructor(root, data, send) {
    super();
    Object.assign(this, { root, send, place: null, part: "whole" });
    this.look = new Look(root);
    keepKeys(root);
    const point = (place) => this.point(place);
    const pick = (unit) => this.pick(unit);
    this.canvas = root.querySelector("canvas.bars");
    this.chart = new LedgerChart(this.canvas, this.look, { point });
    const pointToken = (t) => this.point(Number.isNaN(t) ? null : this.book.placeOf(t));
    this.sources = new Sources(root, this.look, { point: pointToken, pick: pointToken });
    this.list = new UnitList(root, { pick, move: (by) => this.move(by) });
    this.find = (name) => root.querySelector(name);
    this.listenToButtons();
    for (const button of root.querySelectorAll("[data-part]"))
      button.addEventListener("click", () => this.set({ part: button.dataset.part }));
    for (const box of [this.canvas, this.sources.box]) {
      box.addEventListener("keydown", (event) => this.key(event));
      box.addEventListener("blur", () => this.point(null));
    }
    this.setData(data);
  }

  setData(data) {
    const themed = this.look.read();
    const content = JSON.stringify({ ...data, unit: null, turn: 0 });
    const follows = data.id !== this.book?.id || data.turn !== this.turn;
    if (content === this.content && !follows && !themed) return;
    if (content !== this.content) {
      this.book = new Book(data);
      this.list.build(this.book);
      this.place = null;
    }
    this.follow(data, follows);
    this.content = content;
    this.shown = null;
    this.render();
  }

  act(what) {
    if (what === "writes") this.set({ writes: !this.writes });
    else super.act(what);
  }

  get source() {
    return this.book;
  }

  get firstUnit() {
    return this.list.order[0];
  }

  // From the unit that was chosen last, which may not have been drawn yet.
  move(by) {
    this.pick(this.list.beside(this.unit, by));
  }

  set(change) {
    Object.assign(this, change);
    this.render();
  }

  key(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    const by = moves[event.key];
    const { window } = this;
    if (event.key === "Escape") this.point(null);
    if (by === undefined) return;
    event.preventDefault();
    const from = this.place ?? this.book.placeOf(this.book.step) - by;
    this.point(Math.max(window[0], Math.min(window[1], from + by)));
  }

  point(place) {
    if (place === this.place) return;
    this.place = place;
    this.changed();
  }

  // The places that are drawn: all, or those that most of the state comes from and a few before them.
  get window() {
    const { book, row } = this;
    const recent = this.part === "recent" && book.recent(row);
    if (!recent) return [0, book.places - 1];
    const room = Math.max(2, Math.ceil((recent[1] - recent[0] + 1) * 0.15));
    const [before, behind] = book.reverse ? [0, room] : [room, 0];
    return [Math.max(0, recent[0] - before), Math.min(book.places - 1, recent[1] + behind)];
  }

  get row() {
    return this.book.row(this.unit);
  }

  render() {
    this.frame = null;
    if (this.closed) return;
    const { book, row } = this;
    if (this.shown !== row) {
      this.sources.fill(book, row);
      this.writeAccount();
      this.list.show(this.unit);
      this.shown = row;
    }
    this.writeTools();
    const t = this.place == null ? null : book.tokenAt(this.place);
    this.sources.mark(t, null);
    this.chart.show({ book, row, window: this.window, place: this.place, writes: this.writes });
    this.say(t);
    setAttr(this.root, "data-unit", this.unit ?? "all");
    setAttr(this.root, "data-ready", 1);
  }

  writeAccount() {
    const { book, row } = this;
    const [sum, total, size] = [book.sums[row], book.totals[row], book.size(row)];
    const value = (name, number) => setNumber(this.find(`[data-value=${name}]`), number, fmt(number));
    value("sum", sum);
    value("total", total);
    value("difference", total - sum);
    setText(this.find(".total-name"), book.totalName(row));
    const isEqual = Math.abs(total - sum) <= 1e-6 * size;
    setText(this.find(".verdict"), isEqual ? "\u2713 they add up" : "they differ by more than rounding");
    setAttr(this.find(".verdict"), "data-equal", isEqual);
    setText(this.find(".facts"), book.factsOf(row));
  }

  writeTools() {
    const { book, row } = this;
    for (const button of this.root.querySelectorAll("[data-part]"))
      setAttr(button, "aria-pressed", button.dataset.part === this.part);
    setText(this.find("[data-part=recent]"), "Where 90 % is");
    this.writeChooser();
    const written = this.find(".written");
    written.hidden = !book.writesOf(row);
    setAttr(written, "aria-pressed", Boolean(this.writes));
  }

  say(t) {
    const { book, row, place, canvas } = this;
    const reading = place == null ? "" : book.describe(row, place);
    const what = `what is left in ${book.signal} after token ${book.step + 1} of each token`;
    const idle = `Bars: ${what}. Line: their sum so far.`;
    setText(this.find(".reading"), reading || idle);
    if (t == null) this.sources.box.removeAttribute("aria-activedescendant");
    else this.sources.box.setAttribute("aria-activedescendant", `token-${t}`);
    const now = place ?? book.placeOf(book.step);
    setAttr(canvas, "aria-label", `Bars of ${book.name(row)}, one a token`);
    setAttr(canvas, "aria-valuemin", 0);
    setAttr(canvas, "aria-valuemax", book.places - 1);
    setAttr(canvas, "aria-valuenow", now);
    setAttr(canvas, "aria-valuetext", book.describe(row, now));
    const initial = book.initial[row];
    if (canvas.gsInitial !== initial) canvas.setAttribute("data-initial", String((canvas.gsInitial = initial)));
    clearTimeout(this.speaking);
    if (this.shownAloud !== row || place != null)
      this.speaking = setTimeout(() => {
        setText(this.find(".spoken"), reading || `${book.name(row)}. ${book.factsOf(row)}`);
        this.shownAloud = row;
      }, 700);
  }

  open() {
    this.chart.surface.open();
    this.reopen();
  }

  close() {
    super.close();
    this.chart.surface.close();
  }
}

// Streamlit calls this again, on the same element, when data or theme change.
export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".gs");
  root.gsSend = setStateValue;
  if (root.gsLedger?.closed) root.gsLedger.open();
  if (root.gsLedger) root.gsLedger.setData(data);
  else root.gsLedger = new LedgerView(root, data, (pick) => root.gsSend("pick", pick));
  return () => root.gsLedger?.close();
}
