// The desk of scanned pages: words and how surely they were read over the page; a word put right in its place.
import { text } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const SETTING = "archive.heat";
const PLACE = "archive.place";
const STEPS = [50, 65, 80, 92]; // percent of confidence; below the first a word glows most

export function startScanning() {
  stayInPlace();
  for (const button of document.querySelectorAll("[data-heat]")) new HeatMap(button);
  for (const button of document.querySelectorAll("[data-large]")) {
    button.addEventListener("click", () => {
      const large = document.querySelector(".stage-scan, .stage-word").classList.toggle("large");
      button.setAttribute("aria-pressed", String(large));
    });
  }
  for (const link of document.querySelectorAll("[data-to]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const field = document.getElementById(link.dataset.to);
      field?.scrollIntoView({ block: "center" });
      field?.focus();
      field?.select();
    });
  }
  // What was read anew is shown when nobody is in the middle of a question.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (!requestConfig?.elt?.matches("[data-reloads]") || xhr.responseText.includes("data-reloads")) return;
    event.detail.shouldSwap = false;
    if (document.querySelector("dialog[open]")) return;
    if (location.pathname === requestConfig.path.split("?")[0]) location.reload();
    else location.replace(requestConfig.path); // a refused form was sent here: it is not sent again
  });
  const first = document.querySelector("[data-word-first]");
  if (first && !location.hash) {
    first.focus({ preventScroll: true });
    first.select();
  }
  for (const form of document.querySelectorAll("[data-word-form]")) offerByArrows(form);
}

/** The arrows put what may be meant into the field, one after the other, and what was read; Enter takes it. */
function offerByArrows(form) {
  const field = form.elements.becomes;
  const offered = [...form.querySelectorAll("[data-offered]")].map((button) => button.value);
  const choices = [form.elements.was.value, ...offered];
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (field.value && !choices.includes(field.value)) return; // typed by a person: it is not lost
    event.preventDefault();
    const at = Math.max(choices.indexOf(field.value), 0);
    field.value = choices[(at + step + choices.length) % choices.length];
    field.select();
  });
}

/** After an act, or on the next page, the window stands where it stood; the page at hand is in sight. */
function stayInPlace() {
  const batch = document.querySelector("[data-batch]");
  if (!batch) return;
  for (const list of document.querySelectorAll("[data-roll]")) {
    const current = list.querySelector("[aria-current]");
    if (!current) continue;
    const [outer, inner] = [list.getBoundingClientRect(), current.getBoundingClientRect()];
    list.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
    list.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
  const { batch: number, shown } = batch.dataset;
  const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  sessionStorage.removeItem(PLACE);
  if (kept?.number === number && !document.querySelector("[data-refusal]")) {
    window.scrollTo({ top: kept.top, behavior: "instant" });
    const stage = document.querySelector(".stage-scan")?.getBoundingClientRect();
    const hidden = stage && (stage.top > innerHeight / 2 || stage.bottom < innerHeight / 4);
    if (hidden && shown !== kept.shown) document.getElementById("page").scrollIntoView({ behavior: "instant" });
  }
  const keep = (address) => {
    const path = new URL(address, location.href).pathname;
    if (!`${path}/`.startsWith(`${batch.dataset.address}/`)) return;
    sessionStorage.setItem(PLACE, JSON.stringify({ number, shown, top: scrollY }));
  };
  document.addEventListener("submit", (event) => keep(event.target.action));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && !link.hash) keep(link.href);
  });
}

/** All words of the page at hand, fetched when they are first asked for; on or off is kept for the tab. */
class HeatMap {
  constructor(button) {
    this.button = button;
    this.page = document.querySelector("[data-heat-source]");
    this.legend = document.querySelector("[data-heat-legend]");
    if (!this.page) return;
    this.layer = this.page.querySelector(".heat");
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") this.show(this.layer.hasAttribute("hidden"));
    });
    this.page.addEventListener("click", (event) => this.asked(event.target.closest("[data-word]")));
    this.page.addEventListener("keydown", (event) => {
      const word = event.key === "Enter" && event.target.closest("[data-word]");
      if (!word) return;
      event.preventDefault(); // else the same press sends the form that it opens
      this.asked(word);
    });
    document.querySelector("[data-next-word]")?.addEventListener("click", () => this.next());
    if (sessionStorage.getItem(SETTING) === "on") this.show(true);
  }

  async show(on) {
    sessionStorage.setItem(SETTING, on ? "on" : "off");
    this.seen(on);
    if (on && !this.words) await this.load();
  }

  seen(on) {
    this.button.setAttribute("aria-pressed", String(on));
    if (this.legend) this.legend.hidden = !on;
    this.layer.toggleAttribute("hidden", !on);
  }

  async load() {
    this.words = [];
    const answer = await fetch(this.page.dataset.heatSource).catch(() => null);
    if (!answer?.ok) {
      this.words = null; // asked for again with the next press, or on the next page: it stays on there
      this.seen(false);
      return;
    }
    this.words = (await answer.json()).words;
    const { width, height } = this.page.viewBox.baseVal;
    if (document.getElementById("word-dialog")) this.page.setAttribute("role", "group"); // its words are buttons
    this.layer.replaceChildren(...this.words.map((word, index) => drawn(word, index, width, height)));
  }

  /** The next word that was not read surely, and of which nobody has said what it is. */
  async next() {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    await this.show(true);
    const doubtful = [...this.layer.querySelectorAll("[data-doubtful]")];
    this.last = doubtful[(doubtful.indexOf(this.last) + 1) % doubtful.length];
    this.last?.scrollIntoView({ block: "center", behavior: "instant" });
    this.asked(this.last);
  }

  /** A press on a word asks what it is. */
  asked(rect) {
    const dialog = document.getElementById("word-dialog");
    if (!rect || !dialog) return;
    const word = this.words[Number(rect.dataset.word)];
    dialog.querySelector("[data-word-box]").value = word.scan_box.join(" ");
    dialog.querySelector("[data-word-was]").value = word.text;
    dialog.querySelector("[data-word-shown]").textContent = word.text;
    cut(dialog.querySelector("[data-word-crop]"), rect);
    const field = dialog.querySelector("[name=becomes]");
    field.value = word.becomes || word.text;
    dialog.showModal();
    field.select();
  }
}

/** The word as it stands on the page, with what is around it. */
function cut(crop, rect) {
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
  crop.setAttribute("viewBox", [x - 4 * height, y - height, width + 8 * height, 3 * height].join(" "));
  for (const name of ["x", "y", "width", "height"]) crop.querySelector("rect").setAttribute(name, rect.getAttribute(name));
}

function isDoubtful(word) {
  return !word.becomes && (word.confidence < STEPS[1] || !word.possible);
}

function drawn(word, index, width, height) {
  const [left, top, right, bottom] = word.box;
  const rect = document.createElementNS(SVG, "rect");
  const step = word.becomes ? "told" : `h${1 + STEPS.filter((limit) => word.confidence >= limit).length}`;
  for (const [name, value] of Object.entries({
    class: `word ${step}${word.possible ? "" : " odd"}`,
    x: left * width,
    y: top * height,
    width: (right - left) * width,
    height: (bottom - top) * height,
    "data-word": index,
    ...(isDoubtful(word) && { "data-doubtful": "" }),
  })) {
    rect.setAttribute(name, value);
  }
  const title = document.createElementNS(SVG, "title");
  title.textContent = word.becomes
    ? text("word_told", { word: word.text, becomes: word.becomes })
    : text("word_read", { word: word.text, confidence: Math.round(word.confidence) });
  rect.append(title);
  if (document.getElementById("word-dialog")) {
    for (const [name, value] of [["tabindex", "0"], ["role", "button"], ["aria-label", title.textContent]]) {
      rect.setAttribute(name, value);
    }
  }
  return rect;
}
