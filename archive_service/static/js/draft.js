// A draft saves itself: each field says what it showed before; documents move by buttons, keys and drag.

const UNDER_SHARE = 0.35; // dropped further right than this share of a row, a document goes under it

export function startDraft() {
  const page = document.querySelector("[data-draft]");
  remember(page);
  listenToAnswers(page);
  page.addEventListener("upload-taken", () => refresh(page));
  page.addEventListener("keydown", (event) => byKey(page, event));
  startDrag(page);
  if (document.readyState === "complete") saveEarly(page);
  else window.addEventListener("load", () => saveEarly(page));
}

/** What somebody typed before the scripts were here. */
function saveEarly(page) {
  for (const field of page.querySelectorAll("[data-saves]")) {
    if (field.value !== field.dataset.was) window.htmx.trigger(field, "change");
  }
}

/** What the server is told that the field showed (`data-was`): a change made elsewhere is not overwritten. */
function remember(page) {
  page.addEventListener("htmx:configRequest", ({ target, detail }) => {
    if (target.matches("[data-saves]")) {
      detail.parameters.was = target.dataset.was;
      target.dataset.sent = target.value;
    }
  });
  page.addEventListener("htmx:afterRequest", ({ target, detail }) => {
    if (target.matches("[data-saves]") && detail.successful) target.dataset.was = target.dataset.sent;
  });
}

/** A refusal brings its words as parts of the page, as an answer does. */
function listenToAnswers(page) {
  page.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if ([409, 422].includes(detail.xhr.status)) detail.shouldSwap = true;
  });
}

let waiting = 0;

/** Several files that arrive together ask for the list once. */
function refresh(page) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    window.htmx.ajax("GET", page.dataset.parts, { source: page, swap: "none" });
  }, 200);
}

const KEYS = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "under" };

function byKey(page, event) {
  const row = event.target.closest?.(".draft-document");
  if (!row || !event.altKey || event.ctrlKey || event.metaKey) return;
  const act = KEYS[event.key];
  const outs = row.querySelectorAll('[data-act="out"]');
  const button = act ? row.querySelector(`[data-act="${act}"]`) : event.key === "ArrowLeft" ? outs[outs.length - 1] : null;
  if (!act && event.key !== "ArrowLeft") return;
  event.preventDefault(); // else the browser goes back
  if (!button || button.disabled) return;
  row.querySelector("a[id]").focus(); // it has the same id in the new list, so that the next key finds it
  arrange(page, JSON.parse(button.getAttribute("hx-vals")));
}

/** Not by a click: the list may be so new that its buttons do not listen yet. */
function arrange(page, values) {
  window.htmx.ajax("POST", page.dataset.arrange, { source: page, swap: "none", values });
}

function startDrag(page) {
  let dragged = null;
  page.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".draft-document");
    if (dragged) event.dataTransfer.setData("text/plain", dragged.dataset.row);
  });
  page.addEventListener("dragend", () => {
    mark(page, null);
    dragged = null;
  });
  page.addEventListener("dragover", (event) => {
    const over = event.target.closest?.(".draft-document");
    if (!dragged || !over) return;
    event.preventDefault();
    mark(page, over === dragged ? null : over, isUnder(event, over));
  });
  page.addEventListener("drop", (event) => {
    const over = event.target.closest?.(".draft-document");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const seen = page.querySelector("#documents").dataset.order;
    const facts = isUnder(event, over)
      ? { act: "under", row: dragged.dataset.row, main: over.dataset.row, seen }
      : { act: "to", row: dragged.dataset.row, place: over.dataset.place, seen };
    arrange(page, facts);
  });
}

function isUnder(event, over) {
  const { left, width } = over.getBoundingClientRect();
  return event.clientX - left > width * UNDER_SHARE;
}

function mark(page, over, under = false) {
  for (const row of page.querySelectorAll(".draft-document")) {
    row.classList.toggle("drop-before", row === over && !under);
    row.classList.toggle("drop-under", row === over && under);
  }
}
