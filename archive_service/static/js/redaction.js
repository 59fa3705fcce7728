// Areas to be blackened: drawn on the picture of a page, and kept in the rows of the form below it.
import { LEAST, SIDES, areaOn } from "./areas.js";

export function startRedaction() {
  const form = document.querySelector("[data-redact]");
  const sheet = form.querySelector("[data-redact-sheet]");
  const image = sheet.querySelector("img");
  const rows = form.querySelector("[data-redact-rows]");
  const pages = document.querySelector("[data-redact-pages]");
  const field = (row, name) => row.querySelector(`[name="area-${name}"]`);

  function show() {
    sheet.querySelectorAll(".redact-area").forEach((one) => one.remove());
    for (const row of rows.children) {
      if (field(row, "page").value === form.elements.shown.value) sheet.append(area(read(row)));
    }
  }

  const read = (row) => SIDES.map((side) => Number(field(row, side).value));

  function area(places) {
    const made = document.createElement("span");
    made.className = "redact-area";
    place(made, places);
    return made;
  }

  function place(one, places) {
    SIDES.forEach((side, index) => (one.style[side] = `${places[index]}%`));
  }

  function keep(places) {
    let row = [...rows.children].find((one) => !field(one, "page").value);
    if (!row) {
      row = rows.lastElementChild.cloneNode(true);
      rows.append(row);
      startRow(row);
    }
    field(row, "page").value = form.elements.shown.value;
    SIDES.forEach((side, index) => (field(row, side).value = places[index].toFixed(2)));
    field(row, "reason").value = field(row.previousElementSibling ?? row, "reason").value;
    field(row, "reason").focus({ preventScroll: true });
  }

  function startRow(row) {
    const remove = row.querySelector("[data-redact-remove]");
    remove.hidden = false;
    remove.addEventListener("click", () => {
      for (const name of ["page", ...SIDES]) field(row, name).value = "";
      if (rows.children.length > 1) row.remove();
      show();
    });
  }

  const between = areaOn(image);
  let began = null;
  let drawn = null;
  sheet.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    began = event;
    drawn = area(between(event, event));
    sheet.append(drawn);
  });
  sheet.addEventListener("pointermove", (event) => {
    if (began) place(drawn, between(began, event));
  });
  sheet.addEventListener("pointerup", (event) => {
    if (!began) return;
    const places = between(began, event);
    began = null;
    if (places[2] > LEAST && places[3] > LEAST) keep(places);
    show();
  });
  sheet.addEventListener("pointercancel", () => {
    began = null;
    show();
  });
  // Another page is shown in place: what was chosen and not kept yet stays.
  pages.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value } = pages.elements.page;
    form.elements.shown.value = value;
    image.src = image.src.replace(/\d+$/, value);
    image.alt = image.alt.replace(/\d+$/, value);
    show();
  });
  rows.addEventListener("input", show);
  [...rows.children].forEach(startRow);
  show();
}
