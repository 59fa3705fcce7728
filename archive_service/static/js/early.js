// A press that opens a dialog before the page's scripts are there: kept, and done by dialog.js.
// A plain script of the head: it listens before there is anything to press.
let pressedEarly = null;

function keepEarly(event) {
  pressedEarly = event.target.closest("[data-opens]") ?? pressedEarly;
}

document.addEventListener("click", keepEarly);
