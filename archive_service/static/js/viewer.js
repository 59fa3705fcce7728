// Shows pages of one document: a PDF through pdf.js in ranges, or page images; marks lie in an SVG layer.
import { imagePages, pdfPages } from "./page_sources.js";
import { text } from "./words.js";

const STEP = 1.25;
const WIDEST = 4;
const SLACK_PX = 24; // a scroll bar that comes or goes is no new size
const SVG = "http://www.w3.org/2000/svg";

export function startViewer() {
  return Array.from(document.querySelectorAll("[data-viewer]"), (stage) => {
    const viewer = new Viewer(stage);
    viewer.opened = viewer.open();
    return viewer;
  });
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
    this.number = this.box.querySelector("[data-viewer-page]");
    this.scale = 1;
    this.fit = "width";
    this.turned = 0; // degrees clockwise
    this.hits = []; // of the page that is drawn: the boxes of each
    this.now = 0; // the one that is gone to
    this.drawing = 0;
    this.box.addEventListener("click", (event) => {
      const act = event.target.closest("[data-viewer-act]")?.dataset.viewerAct;
      if (act) this.act(act);
      const look = event.target.closest("[data-viewer-look]");
      if (look) look.href = atPage(look.href, this.stage.dataset.address, this.page);
      const copy = event.target.closest("[data-viewer-copy]");
      if (copy) copy.value = this.page;
    });
    this.number.addEventListener("change", () => {
      this.turnTo(Math.round(Number(this.number.value)) || this.page);
      this.number.value = this.page;
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
    this.number.max = this.source.count;
    this.page = Math.min(this.page, this.source.count);
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
    if (name === "rotate") this.rotate();
    if (name === "full") document.fullscreenElement ? document.exitFullscreen() : this.box.requestFullscreen();
  }

  /** Shows this page; with ``hit`` the hit of that number on it. */
  turnTo(page, hit = 0) {
    const wanted = Math.max(1, Math.min(page, this.source?.count ?? page));
    if (wanted === this.page && hit === this.now) return undefined;
    const other = wanted !== this.page;
    this.page = wanted;
    this.now = hit;
    if (!other) return this.point();
    this.stage.scrollTop = 0;
    if (this.stage.dataset.address) keepInAddress(this.stage.dataset.address, wanted);
    return this.draw();
  }

  rotate() {
    this.turned = (this.turned + 90) % 360;
    this.draw();
  }

  fitTo(fit) {
    this.fit = fit;
    this.scale = 1;
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
    this.drawnFor = this.stage.clientWidth;
    if (this.room().width < 1) return; // not laid out yet, or hidden: the observer calls again
    this.number.value = this.page;
    try {
      const tall = await this.source.tallness(this.page);
      const width = this.width(tall);
      const drawn = await this.source.draw(this.page, width);
      const hits = await this.source.hits(this.page, this.terms);
      if (turn !== this.drawing) return;
      this.hits = hits;
      const height = Math.round(width * tall);
      this.sheet.replaceChildren(drawn, this.layer(width, height));
      this.lay(width, height);
      this.sheet.hidden = false;
      this.told.hidden = true;
      this.point();
    } catch {
      if (turn === this.drawing) {
        this.told.hidden = false;
        this.told.textContent = text("cannot_show");
      }
    }
    this.stage.dispatchEvent(new CustomEvent("viewer:drawn"));
  }

  /** The sheet turned about its corner, taking the room that it has when turned. */
  lay(width, height) {
    const moved = { 0: [0, 0], 90: [height, 0], 180: [width, height], 270: [0, width] }[this.turned];
    const aside = this.turned % 180 ? height - width : 0;
    Object.assign(this.sheet.style, {
      width: `${width}px`,
      maxWidth: "none",
      transformOrigin: "0 0",
      transform: this.turned ? `translate(${moved[0]}px, ${moved[1]}px) rotate(${this.turned}deg)` : "",
      marginBottom: aside ? `${-aside}px` : "",
      marginLeft: aside ? `${Math.max(0, (this.room().width - height) / 2)}px` : "",
    });
  }

  /** Shows which hit one is at, and brings it into sight. */
  point() {
    const boxes = this.sheet.querySelectorAll("[data-hit]");
    for (const one of boxes) one.classList.toggle("now", Number(one.dataset.hit) === this.now);
    const first = this.sheet.querySelector(".now")?.getBoundingClientRect();
    if (first) {
      const room = this.stage.getBoundingClientRect();
      const above = first.top - room.top;
      if (above < 0 || first.bottom > room.bottom) this.stage.scrollTop += above - room.height / 3;
      const before = first.left - room.left;
      if (before < 0 || first.right > room.right) this.stage.scrollLeft += before - room.width / 3;
    }
    this.stage.dispatchEvent(new CustomEvent("viewer:pointed"));
  }

  room() {
    const style = getComputedStyle(this.stage);
    return {
      width: this.stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight),
      height: this.stage.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom),
    };
  }

  /** Of a page so many times as tall as it is wide. */
  width(tall) {
    const room = this.room();
    const lies = this.turned % 180 !== 0;
    const widest = parseFloat(getComputedStyle(document.documentElement).fontSize) * 46;
    let width = Math.min(room.width, widest) / (lies ? tall : 1);
    if (this.fit === "page") width = Math.min(width, room.height / (lies ? 1 : tall));
    return Math.floor(width * this.scale);
  }

  /** The marks of this page: found words, and places that a finding speaks of with its number. */
  layer(width, height) {
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
    for (const [number, parts] of this.hits.entries()) {
      for (const part of parts) {
        const mark = box(part, "hit");
        mark.dataset.hit = number;
        layer.append(mark);
      }
    }
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

function svg(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** A link to the page that is read survives; what is turned adds nothing to the way back. */
function keepInAddress(name, page) {
  history.replaceState(history.state, "", atPage(location.href, name, page));
}

function atPage(href, name, page) {
  const address = new URL(href);
  address.searchParams.set(name, page);
  address.hash = "";
  return address.href;
}
