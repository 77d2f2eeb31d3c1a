// Play and pause: so many steps, or one sub-step, at a time.

const SPEEDS = {
  slow: { every: 1400, unit: "sub" },
  one: { every: 1000, unit: "step" },
  three: { every: 333, unit: "step" },
  ten: { every: 100, unit: "step" },
  thirty: { every: 33, unit: "step" },
};

class Clock {
  // actions: {atEnd(unit), restart(unit), advance(unit), rest()}
  constructor(root, actions) {
    Object.assign(this, { root, actions, playing: false });
  }

  get speed() {
    return SPEEDS[this.root.querySelector(".speed").value];
  }

  toggle(play = !this.playing) {
    this.playing = play;
    const { unit } = this.speed;
    if (play && this.actions.atEnd(unit)) this.actions.restart(unit);
    const button = this.root.querySelector('[data-do="play"]');
    setAttr(button, "aria-label", play ? "Pause" : "Play");
    setAttr(button, "data-playing", play ? "1" : "0");
    this.since = null;
    if (play) requestAnimationFrame((now) => this.tick(now));
    else this.actions.rest();
  }

  tick(now) {
    if (!this.playing) return;
    this.since ??= now;
    const { every, unit } = this.speed;
    while (now - this.since >= every && this.playing) {
      this.since += every;
      if (this.actions.atEnd(unit)) this.toggle(false);
      else this.actions.advance(unit);
    }
    requestAnimationFrame((next) => this.tick(next));
  }

  stop() {
    this.playing = false;
  }
}
