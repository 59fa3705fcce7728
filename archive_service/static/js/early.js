// What is done before the page's scripts are there is kept for them: a press that opens a dialog
// for dialog.js, a choice that sends, goes or ticks a whole list for lists.js.
// A plain script of the head: it listens before there is anything to press.
let pressedEarly = null;
let changedEarly = null;

function keepEarly(event) {
  pressedEarly = event.target.closest("[data-opens]") ?? pressedEarly;
}

function keepChange(event) {
  if (event.target.matches("[data-sends], [data-goes], [data-ticks]")) changedEarly = event.target;
}

document.addEventListener("click", keepEarly);
document.addEventListener("change", keepChange);
