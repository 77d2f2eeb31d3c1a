// The line above the curves: how the run is doing, in words.

function timeLeft(seconds) {
  if (seconds == null) return "";
  if (seconds < 1) return "less than a second left";
  if (seconds < 90) return `about ${Math.round(seconds)} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${minutes} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}

function speedText(speed) {
  return speed ? `${wholeText(speed < 1000 ? speed : Number(speed.toPrecision(3)))} tokens/s` : "";
}

class Status {
  constructor(root) {
    this.find = (name) => root.querySelector(`.${name}`);
    this.root = root;
  }

  show(data) {
    const share = data.steps ? Math.min(1, data.step / data.steps) : 0;
    const count = `${wholeText(data.step)} / ${wholeText(data.steps)} steps`;
    setAttr(this.root, "data-status", data.status);
    setText(this.find("state"), data.words);
    setText(this.find("count"), count);
    setText(this.find("left"), data.status === "running" ? timeLeft(data.left) : "");
    setText(this.find("speed"), speedText(data.speed));
    this.find("fill").style.transform = `scaleX(${share.toFixed(4)})`;
    const bar = this.find("progress");
    setAttr(bar, "aria-valuenow", Math.round(100 * share));
    setAttr(bar, "aria-valuetext", `${data.words}, ${count}`);
    const problem = this.find("problem");
    setText(problem, data.problem);
    problem.hidden = !data.problem;
    setText(this.find("sample"), data.sample);
    this.find("sample-box").hidden = !data.sample;
    // Read out when the state changes, not at every step.
    if (this.status !== data.status) setText(this.find("spoken"), `${data.words}, ${count}`);
    this.status = data.status;
  }
}
