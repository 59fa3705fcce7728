// Entries of a file plan's draft are dragged in front of one another; the buttons of each row do the same by keys.

export function startPlan() {
  const table = document.querySelector("[data-plan]");
  const form = document.getElementById("plan-move");
  if (!table || !form) return;
  let dragged = null;
  table.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-entry]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.entry);
  });
  table.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-entry]");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    mark(table, over);
  });
  table.addEventListener("drop", (event) => {
    const over = event.target.closest("[data-entry]");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    form.action = dragged.dataset.moves + location.search;
    form.elements.before.value = over.dataset.entry;
    form.submit();
  });
  table.addEventListener("dragend", () => {
    dragged = null;
    mark(table, null);
  });
}

function mark(table, over) {
  for (const row of table.querySelectorAll(".drop-here")) row.classList.remove("drop-here");
  over?.classList.add("drop-here");
}
