// What views of units share: which unit is shown, chosen by reader or page, and when the page is told.
// A view has `source` ({id, units}: those whose numbers are here), `move(by)` and `changed()`.

const REST = 500; // milliseconds without a change before the page is told

class UnitView {
  listenToButtons() {
    for (const button of this.root.querySelectorAll("[data-do]"))
      button.addEventListener("click", () => this.act(button.dataset.do));
  }

  // Of new data: the page's unit, if it asks for one or the reader's has no numbers in them. `follows`: it asks.
  follow(data, follows) {
    const { units } = this.source;
    if (follows || (this.unit != null && !units.includes(this.unit))) {
      this.unit = data.unit;
      this.untold = null;
      clearTimeout(this.rest);
    }
    this.turn = data.turn;
    // Where "unit n" leads back to from all units together.
    this.last = this.unit ?? (units.includes(this.last) ? this.last : this.firstUnit);
  }

  act(what) {
    if (what === "all") this.pick(null);
    else if (what === "unit") this.pick(this.last);
    else this.move(what === "next" ? 1 : -1);
  }

  pick(unit) {
    if (unit === undefined || unit === this.unit) return;
    this.unit = unit;
    this.last = unit ?? this.last;
    this.untold = { id: this.source.id, unit, at: Date.now() };
    this.tell();
    this.changed();
  }

  // To the page, once the reader is at rest.
  tell() {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.send(this.untold);
      this.untold = null;
    }, REST);
  }

  changed() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  writeChooser() {
    const [all, one] = ["all", "unit"].map((what) => this.root.querySelector(`[data-do=${what}]`));
    setAttr(all, "aria-pressed", this.unit == null);
    setAttr(one, "aria-pressed", this.unit != null);
    one.hidden = this.last == null;
    if (this.last != null) setText(one, `Unit ${this.last + 1}`);
  }

  // On the page again: new data may have come in between.
  reopen() {
    this.closed = false;
    if (this.untold) this.tell();
    this.changed();
  }

  close() {
    this.closed = true;
    clearTimeout(this.rest);
    clearTimeout(this.speaking);
  }
}
