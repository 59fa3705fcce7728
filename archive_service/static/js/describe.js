// Describing by keys: the next document, and the same field there; what page 1 proposes.

export function startDescribe() {
  const form = document.querySelector("[data-describe]");
  const note = ({ target }) => {
    if (form.contains(target) && target.name && target.type !== "submit") form.elements.field.value = target.name;
  };
  note({ target: document.activeElement }); // the field that the page began with
  form.addEventListener("focusin", note);
  document.addEventListener("click", ({ target }) => {
    const bearer = target.closest("[data-fills], [data-fills-empty]");
    if (bearer) fill(form, bearer);
  });
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const bearer = event.ctrlKey && event.key === "Enter" ? onward(form) : event.altKey && turn(form, event.key);
    if (!bearer) return;
    event.preventDefault();
    bearer.click();
  });
}

/** Saves, and goes on where there is a next document. */
function onward(form) {
  return form.querySelector("button[name=then]") ?? form.querySelector("button[type=submit]");
}

/** Takes one proposed value and goes to its field, or each whose field is empty. */
function fill(form, bearer) {
  const one = bearer.dataset.fills;
  const all = [...document.querySelectorAll("[data-fills]")];
  for (const { dataset, value } of one ? [bearer] : all.filter(({ dataset }) => form.elements[dataset.fills]?.value === "")) {
    form.elements[dataset.fills].value = value;
  }
  if (one) form.elements[one].focus();
}

/** The way to another document, to begin there with the field that one is in here. */
function turn(form, key) {
  const link = document.querySelector(`[data-describes="${CSS.escape(key)}"]`);
  const field = form.elements.field.value;
  if (link?.href && field) { // what page 1 proposes is taken by a button
    const to = new URL(link.href);
    to.searchParams.set("field", field);
    link.href = to.href;
  }
  return link;
}
