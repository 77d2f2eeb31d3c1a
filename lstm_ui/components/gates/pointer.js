// The mouse, a finger, the wheel: over panels they are at a step and a unit, over tokens and lines at a step.

class Pointer {
  // onPoint({t, row} or null), onSpan, onDone as of Drag; view(): where the columns are.
  constructor(stack, place, { view, onPoint, onSpan, onDone }) {
    Object.assign(this, { stack, place, view, onPoint });
    this.drags = { onSpan, onDone };
    stack.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stack.addEventListener("pointerleave", () => onPoint(null));
  }

  // Over a canvas: of a panel, of the tokens or of the lines.
  follow(canvas, panel) {
    const drag = new Drag(canvas, { stepAt: (event, held) => this.stepAt(event, held), ...this.drags });
    const cell = (event) => ({ t: this.stepAt(event), row: panel?.rowAt(event) ?? null });
    canvas.addEventListener("pointermove", (event) => this.onPoint(cell(event)));
    canvas.addEventListener("click", (event) => {
      if (drag.took()) return;
      const { t, row } = cell(event);
      if (t == null || (panel && row == null)) return;
      this.place.choose(panel ? { step: t, unit: this.place.unitAt(row) } : { step: t });
    });
    canvas.addEventListener("dblclick", () => this.place.zoom(null));
  }

  // Over the text, where a finger scrolls instead.
  followText(box) {
    const stepAt = ({ clientX, clientY, pointerType }) => {
      const token = box.getRootNode().elementFromPoint(clientX, clientY)?.closest(".token");
      return token && pointerType !== "touch" ? Number(token.dataset.index) : null;
    };
    new Drag(box, { stepAt, ...this.drags });
  }

  // While a span is drawn the pointer may be beyond the ends.
  stepAt(event, held = false) {
    const { left, each, first, count } = this.view();
    const k = Math.floor((event.clientX - this.stack.getBoundingClientRect().left - left) / each);
    if (held) return first + clamp(k, 0, count - 1);
    return k >= 0 && k < count ? first + k : null;
  }

  // The wheel scrolls the page. Sideways it moves what is zoomed in, and with Ctrl (or a pinch) it zooms.
  wheel(event) {
    const { first, count, each, left } = this.view();
    const { at, model } = this.place;
    if (event.ctrlKey) {
      const from = clamp((event.clientX - this.stack.getBoundingClientRect().left - left) / each, 0, count);
      const now = Math.round(clamp(count * Math.exp(event.deltaY * 0.004), LEAST, model.steps));
      const start = Math.round(first + from - (from / count) * now);
      this.place.zoom([start, start + now]);
    } else if (at.zoom && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.rest = (this.rest ?? 0) + event.deltaX / each;
      const by = Math.trunc(this.rest);
      this.rest -= by;
      if (by) this.place.pan(by);
    } else return;
    event.preventDefault();
  }
}
