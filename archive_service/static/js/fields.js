// What a field still lacks, told below it: a browser tells it in its own language, in passing, and of
// a field in a part that is closed not at all.
import { element, icon, text } from "./words.js";

const CHOSEN = { file: "field_file", "select-one": "field_choice", radio: "field_choice", checkbox: "field_tick" };
const together = new Set(); // fields of one form that are told of in one go, by their name
let made = 0;

export function startFields() {
  document.addEventListener("invalid", (event) => {
    event.preventDefault();
    tell(event.target);
  }, true);
  for (const heard of ["input", "change"]) {
    document.addEventListener(heard, ({ target }) => {
      const all = target.type === "radio" && target.form ? [...target.form.elements] : [target];
      for (const one of all) {
        if (one.name === target.name && one.dataset?.lacks && one.validity.valid) noteBelow(one, "lacks", "");
      }
    }, true);
  }
}

function tell(input) {
  if (input.type !== "radio" || !together.has(input.name)) noteBelow(input, "lacks", lacking(input));
  if (!together.size) {
    setTimeout(() => together.clear()); // the others of the form come right now
    for (let part = input.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    input.focus();
  }
  together.add(input.name);
}

/** What is wrong, in the words of the page. */
function lacking(input) {
  const { validity, type, min, max, title } = input;
  if (validity.valueMissing) return text(CHOSEN[type] ?? "field_empty");
  if (validity.rangeUnderflow) return text("field_least", { least: min });
  if (validity.rangeOverflow) return text("field_most", { most: max });
  if (validity.badInput || validity.stepMismatch) return text("field_number");
  if (type === "email") return text("field_email");
  return validity.patternMismatch && title ? title : text("field_form");
}

/** One line of what is wrong, right below the field; without words it goes. */
export function noteBelow(input, kind, words) {
  if (!input.id) input.id = `field-${(made += 1)}`;
  const id = `${input.id}-${kind}`;
  const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
  document.getElementById(id)?.remove();
  if (words) {
    const said = element("p", { class: "what" }, icon("x-octagon-fill"), element("span", {}, words));
    const place = input.closest(".day-field, .row-x, .check") ?? input;
    place.after(element("div", { class: "finding error mt-1", id, role: "alert" }, said));
    input.setAttribute("aria-describedby", [id, ...described].join(" "));
    input.setAttribute("aria-invalid", "true");
    input.dataset[kind] = "1";
  } else if (input.dataset[kind]) {
    delete input.dataset[kind];
    if (described.length) input.setAttribute("aria-describedby", described.join(" "));
    else input.removeAttribute("aria-describedby");
    input.removeAttribute("aria-invalid");
  }
}
