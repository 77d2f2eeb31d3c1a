// Keys: arrows move the choice, with shift they stretch a span; Home and End, Page up and down; Escape lets go.

const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  PageUp: [0, -10],
  PageDown: [0, 10],
  Home: [-Infinity, 0],
  End: [Infinity, 0],
};

// rows: false where up and down belong to the page's scrolling.
function listenToMoves(element, actions, rows) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [steps, units] = MOVES[event.key] ?? [0, 0];
    if (event.key === "Escape") actions.clear();
    else if (steps && event.shiftKey) actions.stretch(steps);
    else if (steps) actions.move(steps, 0);
    else if (units && rows) actions.move(0, units);
    else return;
    event.preventDefault();
  });
}
