// Pressing and dragging along the tokens: a click is one place, a drag a span.

const FAR = 4; // pixels; less than that is a click by an unsteady hand

// stepAt(event, held): a step or null; held while a span is being drawn. A finger that moves up or down scrolls the page,
// which ends the drag.
class Drag {
  constructor(element, { stepAt, onSpan, onDone }) {
    let from = null;
    const end = () => {
      if (this.active) onDone();
      from = null;
    };
    element.addEventListener("pointerdown", (event) => {
      this.active = false;
      from = event.button === 0 ? stepAt(event) : null;
      this.x = event.clientX;
    });
    element.addEventListener("pointermove", (event) => {
      if (from == null) return;
      if (!event.buttons) return end();
      const t = stepAt(event, this.active);
      if (!this.active && (Math.abs(event.clientX - this.x) < FAR || t === from)) return;
      // Held fast, so that letting go is heard outside too.
      if (!this.active) element.setPointerCapture(event.pointerId);
      this.active = true;
      if (t != null) onSpan([Math.min(from, t), Math.max(from, t) + 1]);
    });
    for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, end);
  }

  // True once after a drag: the click that the browser reports then is none.
  took() {
    const { active } = this;
    this.active = false;
    return active;
  }
}
