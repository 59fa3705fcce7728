// A draft saves itself; its documents move by buttons, keys and drag.
import { Saving } from "./draft_saving.js";
import { element, text } from "./words.js";

export function startDraft() {
  const page = document.querySelector("[data-draft]");
  new Saving(page);
  listenToAnswers();
  tellOlder(page);
  page.addEventListener("upload-taken", () => refresh(page));
  page.addEventListener("keydown", (event) => byKey(page, event));
  startDrag(page);
  startActs(page);
  askBeforeRemoval(page);
  if (document.readyState === "complete") saveEarly(page);
  else window.addEventListener("load", () => saveEarly(page));
}

/** A page of the same draft that was open before hears of this one; both save, field by field. */
function tellOlder(page) {
  const opened = new BroadcastChannel(`draft:${page.dataset.parts}`);
  opened.addEventListener("message", () => {
    document.getElementById("opened-elsewhere")?.remove();
    const told = element("p", { class: "finding warn mb-3", id: "opened-elsewhere", role: "status" }, text("draft_elsewhere"));
    page.prepend(told);
  });
  opened.postMessage("opened");
}

/** What somebody typed before the scripts were here. */
function saveEarly(page) {
  for (const field of page.querySelectorAll("[data-saves]")) {
    if (field.value !== field.dataset.was) window.htmx.trigger(field, "change");
  }
}

/** A refusal brings its words as parts of the page, as an answer does. */
function listenToAnswers() {
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
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
  const stays = act === "under" ? row.previousElementSibling : row; // an annex has no row of its own
  stays.querySelector("a[id]").focus(); // it has the same id in the new list, so that the next key finds it
  arrange(page, JSON.parse(button.dataset.arranges));
}

/** Which document or file is meant is said by its name; not by the browser's own question. */
function askBeforeRemoval(page) {
  const dialog = document.getElementById("removal");
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-removes]");
    if (!button) return;
    const values = JSON.parse(button.dataset.removes); // the list may be a new one by the answer
    dialog.querySelector("[data-removal]").textContent = button.dataset.question;
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue === "yes") window.htmx.ajax("POST", page.dataset.remove, { source: page, swap: "none", values });
    };
    dialog.showModal();
  });
}

/** Asked by the page itself: the list with the button may be another one before its turn in the queue comes. */
function startActs(page) {
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-arranges]:not([disabled])");
    if (button) arrange(page, JSON.parse(button.dataset.arranges));
  });
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-takes]")) return;
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    window.htmx.ajax("POST", form.action, { source: page, swap: "none", values });
  });
}

function arrange(page, values) {
  window.htmx.ajax("POST", page.dataset.arrange, { source: page, swap: "none", values });
}

/** Dropped on a document, the dragged one stands there; an annex it becomes in the marked zone alone. */
function startDrag(page) {
  let dragged = null;
  let held = false; // a list that came meanwhile: it would take the dragged one and the zones away
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!dragged || detail.requestConfig.verb !== "get") return;
    detail.shouldSwap = false;
    held = true;
  });
  const over = (event) => {
    const row = event.target.closest?.(".draft-document");
    return dragged && row !== dragged ? row : null;
  };
  page.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".draft-document");
    if (!dragged) return;
    event.dataTransfer.setData("text/plain", dragged.dataset.row);
    const started = dragged;
    setTimeout(() => offerZones(started)); // a list that changes at once ends the drag in some browsers
  });
  page.addEventListener("dragend", () => {
    mark(page, null);
    offerZones(null);
    dragged = null;
    if (held) refresh(page);
    held = false;
  });
  page.addEventListener("dragover", (event) => {
    const row = over(event);
    if (dragged) mark(page, row, row && lookOf(event, row, dragged));
    if (row) event.preventDefault();
  });
  page.addEventListener("drop", (event) => {
    const row = over(event);
    if (!row) return;
    event.preventDefault();
    const seen = page.querySelector("#documents").dataset.order;
    const facts = isUnder(event)
      ? { act: "under", row: dragged.dataset.row, main: row.dataset.row, seen }
      : { act: "to", row: dragged.dataset.row, place: row.dataset.place, seen };
    arrange(page, facts);
  });
}

function offerZones(dragged) {
  const list = document.querySelector(".draft-list");
  list?.classList.toggle("dragging", Boolean(dragged));
  list?.classList.toggle("dragging-paper", dragged?.dataset.paper !== undefined);
  for (const row of document.querySelectorAll(".draft-document")) row.classList.toggle("dragged", row === dragged);
}

function isUnder(event) {
  return Boolean(event.target.closest("[data-under]"));
}

function lookOf(event, row, dragged) {
  if (isUnder(event)) return "drop-under";
  return Number(row.dataset.place) > Number(dragged.dataset.place) ? "drop-after" : "drop-before";
}

function mark(page, over, look) {
  for (const row of page.querySelectorAll(".draft-document")) {
    for (const name of ["drop-before", "drop-after", "drop-under"]) row.classList.toggle(name, row === over && name === look);
  }
}
