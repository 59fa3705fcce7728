// An area drawn on the picture of a page, for words that a person copies where nothing was read.
import { LEAST, SIDES, areaOn } from "./areas.js";

const SVG = "http://www.w3.org/2000/svg";

export function startCopying() {
  const form = document.querySelector("[data-copy-words]");
  const page = document.querySelector(".stage-word .scan-page");
  const button = form.querySelector("[data-copy-draw]");
  const field = (side) => form.elements[`area-${side}`];
  const area = document.createElementNS(SVG, "rect");
  area.setAttribute("class", "place");
  page.append(area);
  const between = areaOn(page);
  let began = null;

  function choose(draws) {
    button.setAttribute("aria-pressed", String(draws));
    page.classList.toggle("drawn-on", draws);
  }

  function show() {
    const [x, y, width, height] = SIDES.map((side) => Number(field(side).value) || 0);
    for (const [name, value] of Object.entries({ x, y, width, height })) area.setAttribute(name, `${value}%`);
  }

  button.addEventListener("click", () => choose(button.getAttribute("aria-pressed") !== "true"));
  page.addEventListener("pointerdown", (event) => {
    if (event.button || !page.classList.contains("drawn-on")) return;
    event.preventDefault();
    page.setPointerCapture(event.pointerId);
    began = event;
  });
  page.addEventListener("pointermove", (event) => {
    if (!began) return;
    between(began, event).forEach((value, index) => (field(SIDES[index]).value = value.toFixed(2)));
    show();
  });
  page.addEventListener("pointerup", (event) => {
    if (!began) return;
    const [, , width, height] = between(began, event);
    began = null;
    if (width < LEAST || height < LEAST) return;
    choose(false);
    form.elements.becomes.focus();
  });
  page.addEventListener("pointercancel", () => (began = null));
  // A word of the page is a link: while an area is drawn it leads nowhere.
  page.addEventListener("click", (event) => page.classList.contains("drawn-on") && event.preventDefault(), true);
  form.addEventListener("input", show);
}
