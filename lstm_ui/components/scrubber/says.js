// What the model of a checkpoint says: losses of the probe's tokens, classes, tags, a sample. All by textContent.

class Says {
  constructor(parent, look) {
    this.look = look;
    this.box = html(parent, "div", { class: "says" });
  }

  build(run) {
    this.run = run;
    this.box.replaceChildren();
    this.tokens = this.bars = this.sample = null;
    const { losses, tags, probabilities } = run.says;
    if (losses || tags) this.buildTokens(Boolean(tags));
    if (probabilities) this.buildBars();
    if (run.marks.some((mark) => mark.sample)) {
      html(this.box, "div", { class: "caption" }, "sample");
      this.sample = html(this.box, "pre", { class: "sample" });
    }
  }

  buildTokens(tagged) {
    this.caption = html(this.box, "div", { class: "caption" });
    const line = html(this.box, "div", { class: tagged ? "probe-text tagged" : "probe-text coloured" });
    this.tokens = this.run.tokens.map((token) => {
      const cell = html(line, "span", { class: token.sign ? "token sign" : "token" });
      html(cell, "span", { class: "shown" }, token.shown);
      return { cell, tag: tagged ? html(cell, "span", { class: "tag" }) : null };
    });
    if (!tagged) this.highest = this.run.says.losses.reduce((most, value) => (value > most ? value : most), 0) || 1;
  }

  buildBars() {
    html(this.box, "div", { class: "caption" }, "what it says at the end");
    this.bars = this.run.labels.map((label) => {
      const row = html(this.box, "div", { class: "class-row" });
      html(row, "span", { class: "class-name" }, label);
      const track = html(row, "span", { class: "class-track" });
      return {
        bar: html(track, "span", { class: "class-bar" }),
        value: html(row, "span", { class: "number", "data-class": label }),
      };
    });
  }

  show(checkpoint) {
    const { run } = this;
    if (this.tokens && run.says.losses) this.showLosses(run.said("losses", checkpoint));
    if (this.tokens && run.says.tags) this.showTags(run.said("tags", checkpoint));
    if (this.bars) {
      run.said("probabilities", checkpoint).forEach((value, k) => {
        setNumber(this.bars[k].value, value, percentText(value));
        this.bars[k].bar.style.transform = `scaleX(${value.toFixed(4)})`;
      });
    }
    if (this.sample) setText(this.sample, run.marks[checkpoint].sample || "\u2013");
  }

  showLosses(values) {
    const table = this.look.table("sequential");
    let sum = 0,
      count = 0;
    values.forEach((value, t) => {
      const { cell } = this.tokens[t];
      const index = Number.isFinite(value) ? table.index(value / this.highest) : -1;
      setStyle(cell, "background", index < 0 ? "none" : table.css[index]);
      setStyle(cell, "color", index < 0 ? "" : table.ink[index]);
      setAttr(cell, "data-exact", value);
      if (index >= 0) [sum, count] = [sum + value, count + 1];
    });
    const mean = count ? fmt(sum / count) : "\u2013";
    setText(this.caption, `loss of every token of the probe: mean ${mean} nats, last colour ${fmtShort(this.highest)}`);
  }

  showTags(values) {
    setText(this.caption, "tags of the probe");
    values.forEach((value, t) => {
      const label = this.run.labels[value];
      const { cell, tag } = this.tokens[t];
      setText(tag, label === "O" ? "" : label);
      setStyle(tag, "color", label === "O" ? "" : this.look.curve(kindOf(this.run.labels, label)));
      setAttr(cell, "data-tag", label);
    });
  }
}

// B-PER and I-PER are one kind and share a colour: kinds are numbered as they come.
function kindOf(labels, label) {
  const kinds = [...new Set(labels.filter((each) => each && each !== "O").map((each) => each.replace(/^[BIES]-/, "")))];
  return Math.max(0, kinds.indexOf(label.replace(/^[BIES]-/, "")));
}

function percentText(value) {
  const share = 100 * value;
  return `${share > 0 && share < 0.1 ? "<0.1" : share > 99.9 && share < 100 ? ">99.9" : share.toFixed(1)} %`;
}
