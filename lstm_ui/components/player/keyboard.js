// Keys: arrows step, with shift they move by sub-step; Home, End; Space plays; comma and full stop change the unit.

function keyAction(event, actions) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const onRail = event.target.getAttribute?.("role") === "slider";
  switch (event.key) {
    case "ArrowRight":
      return () => (event.shiftKey ? actions.sub(1) : actions.move(1));
    case "ArrowLeft":
      return () => (event.shiftKey ? actions.sub(-1) : actions.move(-1));
    // Up and down belong to the page's scrolling, except on the slider itself.
    case "ArrowUp":
      return onRail ? () => actions.move(1) : null;
    case "ArrowDown":
      return onRail ? () => actions.move(-1) : null;
    case "PageUp":
      return onRail ? () => actions.move(10) : null;
    case "PageDown":
      return onRail ? () => actions.move(-10) : null;
    case "Home":
      return () => actions.step(0);
    case "End":
      return () => actions.step(Infinity);
    case ",":
      return () => actions.unit(-1);
    case ".":
      return () => actions.unit(1);
    case " ":
      return event.target.tagName === "BUTTON" ? null : () => actions.play();
    default:
      return null;
  }
}

function listenToKeys(root, actions) {
  const stop = (event) => event.stopPropagation();
  root.addEventListener("keydown", (event) => {
    // Streamlit listens on the document ("r" reruns, "c" clears the cache): what is typed here stays here.
    event.stopPropagation();
    if (event.target.tagName === "SELECT") return;
    const action = keyAction(event, actions);
    if (!action) return;
    event.preventDefault();
    action();
  });
  root.addEventListener("keyup", stop);
  root.addEventListener("keypress", stop);
}
