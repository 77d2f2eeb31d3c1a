// A canvas that is as sharp as the screen, drawn at most once a frame and only when something changed.

class Surface {
  // paint(context, width, height) in CSS pixels, on a cleared ground.
  constructor(canvas, paint) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.paint = paint;
    this.sizes = new ResizeObserver(() => this.render());
    this.open();
  }

  open() {
    this.closed = false;
    this.sizes.observe(this.canvas);
  }

  changed() {
    if (!this.frame && !this.closed) this.frame = requestAnimationFrame(() => this.render());
  }

  // Setting the size of a canvas clears it, so that is done in the frame in which it is drawn again.
  fit() {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    Object.assign(this, { width: clientWidth, height: clientHeight, ratio });
  }

  render() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    if (this.closed) return;
    this.fit();
    if (!this.width || !this.height) return;
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.paint(this.context, this.width, this.height);
    this.canvas.setAttribute("data-paints", (this.paints = (this.paints ?? 0) + 1));
  }

  close() {
    this.closed = true;
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
  }
}
