// The numbers of the knife: at every cut, of every block, the norm that is left and its cosine with the truth.

class Cuts {
  constructor(data) {
    Object.assign(this, data);
    this.steps = data.tokens.length;
    this.trueNorms = doublesOf(data.true);
    this.cutNorms = doublesOf(data.norms);
    this.angles = doublesOf(data.cosines);
  }

  norm(cut, k) {
    return this.cutNorms[cut * this.blocks.length + k];
  }

  cosine(cut, k) {
    return this.angles[cut * this.blocks.length + k];
  }

  get onward() {
    return this.reverse ? 1 : -1;
  }

  // How many tokens lie between the loss and the end of the way back.
  get reach() {
    return this.reverse ? this.steps - 1 - this.step : this.step;
  }

  // Whether a token is still reached from the loss, and whether it was read by then at all.
  isKept(t, cut) {
    const lag = this.lags ? this.lags[t] : (t - this.step) * this.onward;
    return lag >= 0 && lag <= cut;
  }

  // The last token that is reached.
  lastKept(cut) {
    return this.step + this.onward * Math.min(cut, this.reach);
  }

  words(cut) {
    const steps = `${cut} ${cut === 1 ? "step" : "steps"}`;
    if (cut === this.cuts - 1) return `Cut after ${steps}: nothing is cut off.`;
    const from = this.every ? "every loss" : `the loss at step ${this.step + 1}`;
    if (cut === 0) return `Cut after 0 steps: from ${from} nothing goes back in time.`;
    return `Cut after ${steps}: from ${from} the gradient goes back ${steps}, no further.`;
  }
}
