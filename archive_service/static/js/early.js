// What is done before the page's scripts are there is kept for them: a press that opens a dialog
// for dialog.js, a tick that stands for a whole list for lists.js.
// A plain script of the head: it listens before there is anything to press.
let pressedEarly = null;
let tickedEarly = null;

function keepEarly(event) {
  pressedEarly = event.target.closest("[data-opens]") ?? pressedEarly;
}

function keepTick(event) {
  if (event.target.matches("[data-ticks]")) tickedEarly = event.target;
}

document.addEventListener("click", keepEarly);
document.addEventListener("change", keepTick);
