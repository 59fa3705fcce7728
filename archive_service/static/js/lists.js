// Filters send themselves when a choice is made; a choice of documents goes to its page.

export function startLists() {
  document.addEventListener("htmx:load", ({ detail }) => openedEarly(detail.elt));
  for (const quiet of document.querySelectorAll("[data-sends-quietly]")) {
    quiet.classList.add("visually-hidden");
  }
  document.addEventListener("change", ({ target }) => changed(target));
  document.removeEventListener("change", keepChange); // both of early.js
  if (changedEarly) changed(changedEarly);
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.addEventListener("click", () => navigator.clipboard.writeText(button.dataset.copies));
  }
  for (const button of document.querySelectorAll("[data-prints]")) {
    button.addEventListener("click", () => window.print());
  }
  window.addEventListener("beforeprint", () => fold(true));
  window.addEventListener("afterprint", () => fold(false));
  // Facets stand open beside the hits, and fold above them where there is no room.
  const narrow = window.matchMedia("(max-width: 62rem)");
  for (const facets of document.querySelectorAll("[data-wide-open]")) {
    facets.open = !narrow.matches;
    narrow.addEventListener("change", () => (facets.open = !narrow.matches));
  }
  // The current item of a long list is where the eye begins, but where what it opens stands above the list.
  const first = narrow.matches ? ":not(.reads-first *)" : "";
  document.querySelector(`[data-list] [aria-current]${first}`)?.scrollIntoView({ block: "nearest" });
}

/** Data that a page folds are whole on paper. */
function fold(prints) {
  for (const part of document.querySelectorAll(prints ? "main .panel-body > details:not([open])" : "details[data-unfolded]")) {
    part.open = prints;
    part.toggleAttribute("data-unfolded", prints);
  }
}

function changed(target) {
  if (target.matches("[data-sends]")) target.form.requestSubmit();
  if (target.matches("[data-goes]")) location.assign(target.value);
  if (target.matches("[data-ticks]")) tickList(target);
}

function tickList(all) {
  const of = all.dataset.ticksForm ? `[form="${all.dataset.ticksForm}"]` : "";
  for (const box of document.querySelectorAll(`input[name="${all.dataset.ticks}"]${of}`)) {
    box.checked = all.checked;
  }
}

/** A branch that was opened before its line was listened to: it is told once more that it is open. */
function openedEarly(part) {
  for (const branch of part.querySelectorAll("details.branch[open]")) branch.dispatchEvent(new Event("toggle"));
}
