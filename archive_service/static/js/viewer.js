// Shows pages of one document: a PDF through pdf.js in ranges, or page images; marks lie in an SVG layer.
import { stretches } from "./marking.js";
import { element, text } from "./words.js";

const STEP = 1.25;
const WIDEST = 4;
const SLACK_PX = 24; // a scroll bar that comes or goes is no new size
const SVG = "http://www.w3.org/2000/svg";

export function startViewer() {
  for (const stage of document.querySelectorAll("[data-viewer]")) new Viewer(stage).open();
}

class Viewer {
  constructor(stage) {
    this.stage = stage;
    this.box = stage.closest(".viewer") ?? stage.parentElement;
    this.sheet = stage.querySelector(".sheet");
    this.told = stage.querySelector("[data-viewer-told]");
    this.terms = JSON.parse(stage.dataset.find);
    this.marks = JSON.parse(stage.dataset.marks);
    this.page = Number(stage.dataset.page) || 1;
    this.scale = 1;
    this.drawing = 0;
    this.box.addEventListener("click", (event) => {
      const act = event.target.closest("[data-viewer-act]")?.dataset.viewerAct;
      if (act) this.act(act);
    });
    // A link such as href="#page=3" beside the viewer turns to that page.
    window.addEventListener("hashchange", () => this.fromAddress());
    stage.addEventListener("keydown", (event) => {
      if (event.key === "PageDown") this.act("next");
      else if (event.key === "PageUp") this.act("previous");
      else return;
      event.preventDefault();
    });
    this.drawnFor = 0;
    new ResizeObserver(() => {
      if (Math.abs(stage.clientWidth - this.drawnFor) > SLACK_PX) this.draw();
    }).observe(stage);
  }

  async open() {
    try {
      this.source = this.stage.dataset.viewer === "pdf" ? await pdfPages(this.stage) : imagePages(this.stage);
    } catch {
      this.told.textContent = text("cannot_show");
      return;
    }
    this.box.querySelector("[data-viewer-pages]").textContent = this.source.count;
    this.fromAddress();
    await this.draw();
  }

  fromAddress() {
    const wanted = Number(/page=(\d+)/.exec(location.hash)?.[1]);
    if (!wanted) return;
    this.turnTo(wanted);
    this.box.scrollIntoView({ block: "nearest" }); // on a phone it stands above the data
  }

  act(name) {
    if (name === "next") this.turnTo(this.page + 1);
    if (name === "previous") this.turnTo(this.page - 1);
    if (name === "larger") this.zoom(STEP);
    if (name === "smaller") this.zoom(1 / STEP);
    if (name === "full") document.fullscreenElement ? document.exitFullscreen() : this.box.requestFullscreen();
  }

  turnTo(page) {
    const wanted = Math.max(1, Math.min(page, this.source?.count ?? page));
    if (wanted === this.page) return;
    this.page = wanted;
    this.stage.scrollTop = 0;
    this.draw();
  }

  zoom(by) {
    this.scale = Math.max(1 / WIDEST, Math.min(this.scale * by, WIDEST));
    this.draw();
  }

  /** Draws the page; a later call overtakes an earlier one that is still at work. */
  async draw() {
    if (!this.source) return;
    const turn = ++this.drawing;
    const width = this.width();
    this.drawnFor = this.stage.clientWidth;
    if (width < 1) return; // not laid out yet, or hidden: the observer calls again
    try {
      const drawn = await this.source.draw(this.page, width);
      if (turn !== this.drawing) return;
      this.sheet.style.width = `${width}px`;
      this.sheet.style.maxWidth = "none";
      const hits = await this.source.places(this.page, this.terms);
      const height = Math.round((width * drawn.height) / drawn.width);
      this.sheet.replaceChildren(drawn, this.layer(hits, width, height));
      this.sheet.hidden = false;
      this.told.hidden = true;
    } catch {
      if (turn === this.drawing) {
        this.told.hidden = false;
        this.told.textContent = text("cannot_show");
      }
    }
    this.box.querySelector("[data-viewer-page]").textContent = this.page;
  }

  width() {
    const style = getComputedStyle(this.stage);
    const inside = this.stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const widest = parseFloat(getComputedStyle(document.documentElement).fontSize) * 46;
    return Math.floor(Math.min(inside, widest) * this.scale);
  }

  /** The marks of this page: found words, and places that a finding speaks of with its number. */
  layer(hits, width, height) {
    const layer = svg("svg", { class: "marks", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    const box = (place, name) =>
      svg("rect", {
        class: name,
        x: place.x * width,
        y: place.y * height,
        width: place.width * width,
        height: place.height * height,
        rx: 2,
      });
    layer.append(...hits.map((hit) => box(hit, "hit")));
    for (const mark of this.marks.filter(({ page }) => page === this.page)) {
      const tone = mark.tone === "error" ? "" : " w";
      layer.append(box(mark, mark.tone === "hit" ? "hit" : `box${tone}`));
      if (!mark.number) continue;
      const x = Math.min((mark.x + mark.width) * width + 12, width - 12);
      const y = (mark.y + mark.height / 2) * height;
      const number = svg("text", { class: "tagt", x, y: y + 5 });
      number.textContent = mark.number;
      layer.append(svg("circle", { class: `tag${tone}`, cx: x, cy: y, r: 11 }), number);
    }
    return layer;
  }
}

function imagePages(stage) {
  const images = JSON.parse(stage.dataset.images);
  const draw = async (page) => {
    const image = element("img", { src: images[page - 1], alt: text("page_image", { page }) });
    await image.decode();
    image.width = image.naturalWidth;
    image.height = image.naturalHeight;
    return image;
  };
  return { count: images.length, draw, places: async () => [] };
}

async function pdfPages(stage) {
  const library = new URL(stage.dataset.library, location.href);
  const at = (name) => new URL(name, library).href;
  const pdfjs = await import(at("pdf.min.mjs"));
  pdfjs.GlobalWorkerOptions.workerSrc = at("pdf.worker.min.mjs");
  const pdf = await pdfjs.getDocument({
    url: stage.dataset.source,
    cMapUrl: at("cmaps/"),
    standardFontDataUrl: at("standard_fonts/"),
    wasmUrl: at("wasm/"),
    iccUrl: at("iccs/"),
    isEvalSupported: false, // the content security policy forbids it
    enableXfa: false,
    verbosity: 0, // a sender's odd PDF is no trouble of the page
    disableStream: true, // ranges only, and only for the pages that are looked at
    disableAutoFetch: true,
    rangeChunkSize: 1 << 18,
  }).promise;

  const draw = async (number, width) => {
    const page = await pdf.getPage(number);
    const natural = page.getViewport({ scale: 1 });
    const sharpness = Math.min(window.devicePixelRatio || 1, 2);
    const viewport = page.getViewport({ scale: (width / natural.width) * sharpness });
    const canvas = element("canvas", {
      width: String(Math.floor(viewport.width)),
      height: String(Math.floor(viewport.height)),
      role: "img",
      "aria-label": text("page_image", { page: number }),
    });
    await page.render({ canvas, canvasContext: canvas.getContext("2d"), viewport }).promise;
    return canvas;
  };

  const places = async (number, terms) => {
    if (!terms.length) return [];
    const page = await pdf.getPage(number);
    const viewport = page.getViewport({ scale: 1 });
    const { items } = await page.getTextContent();
    const runs = items.filter(({ str }) => str.trim());
    const found = stretches(terms, runs.map(({ str }) => str));
    return runs.flatMap((run, at) => boxes(run, found[at], viewport, pdfjs.Util));
  };
  return { count: pdf.numPages, draw, places };
}

const ruler = element("canvas").getContext("2d");

/** Stretches of one run of text as fractions of the page; a like font measures the letters. */
function boxes(item, found, viewport, util) {
  const [a, b, , , left, top] = util.transform(viewport.transform, item.transform);
  const height = Math.hypot(item.transform[2], item.transform[3]) || item.height;
  const along = Math.hypot(a, b) || 1;
  return found.map(([from, to]) => {
    const start = item.width * share(item.str, from);
    const length = item.width * share(item.str, to) - start;
    return {
      x: (left + (start * a) / along) / viewport.width,
      y: (top + (start * b) / along - height) / viewport.height,
      width: length / viewport.width,
      height: (height * 1.15) / viewport.height,
    };
  });
}

/** How much of a run's width its first letters take. */
function share(run, letters) {
  ruler.font = "100px Tinos, 'Times New Roman', 'Liberation Serif', serif";
  return ruler.measureText(run.slice(0, letters)).width / ruler.measureText(run).width;
}

function svg(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
