// What a reader does with a document beside turning its pages: from hit to hit, finding, thumbnails, text, print.
import { phraseOf, stretches } from "./marking.js";
import { nextResult } from "./results.js";
import { element, text } from "./words.js";

const MOST_COUNTED = 300; // pages whose hits are counted ahead; of longer documents those of the page are told
const THUMB_PX = 96;
const NARROW = "(max-width: 62rem)";

export function startReading(viewer) {
  const tools = viewer.box.querySelector("[data-reading]");
  if (tools) new Reading(viewer, tools).start();
}

class Reading {
  constructor(viewer, tools) {
    this.viewer = viewer;
    this.tools = tools;
    this.asked = viewer.terms; // of the search that led here
    this.counter = tools.querySelector("[data-hit-counter]");
    this.field = tools.querySelector("[data-find-in]");
    this.strip = viewer.box.querySelector("[data-thumbs]");
    this.words = viewer.box.querySelector("[data-page-text]");
    this.forget();
  }

  async start() {
    this.viewer.box.addEventListener("click", (event) => {
      const button = event.target.closest("[data-reading-act]");
      if (button) this.act(button.dataset.readingAct, button);
      const fit = event.target.closest("[data-fit]");
      if (fit) this.fitTo(fit);
    });
    this.field.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.find(this.field.value);
    });
    this.field.addEventListener("search", () => this.field.value || this.find("")); // emptied by its cross
    this.viewer.stage.addEventListener("viewer:drawn", () => this.pageShown());
    this.viewer.stage.addEventListener("viewer:pointed", () => this.tell());
    await this.viewer.opened;
    if (matchMedia(NARROW).matches && /[?&](page|sheet|q)=/.test(location.search)) {
      // What was looked for, before all that is known of it; once what stands above has its height.
      this.viewer.box.scrollIntoView({ block: "start", behavior: "instant" });
    }
    if (!this.viewer.source) return;
    if ("toHit" in this.viewer.stage.dataset && !this.viewer.hits.length && this.mayCountAhead()) await this.goOn(1, { inside: true });
    this.countAhead();
  }

  act(name, button) {
    if (name === "next-hit") this.goOn(1);
    if (name === "previous-hit") this.goOn(-1);
    if (name === "find") this.openFinding(button);
    if (name === "thumbs") this.open(this.strip, button) && this.showThumbs();
    if (name === "text") this.open(this.words, button) && this.showText();
    if (name === "print") printSheet();
  }

  open(part, button) {
    part.hidden = !part.hidden;
    button.setAttribute("aria-pressed", String(!part.hidden));
    return !part.hidden;
  }

  /** By its key the field is gone to where it is open already; its button closes it again. */
  openFinding(button) {
    const { activeElement } = document;
    this.tools.hidden = !this.tools.hidden && (activeElement === button || this.tools.contains(activeElement));
    button.setAttribute("aria-expanded", String(!this.tools.hidden));
    if (!this.tools.hidden) this.field.focus();
  }

  fitTo(chosen) {
    for (const one of this.viewer.box.querySelectorAll("[data-fit]")) one.setAttribute("aria-pressed", String(one === chosen));
    this.viewer.fitTo(chosen.dataset.fit);
  }

  /** Other words are looked for; without any, again those of the search. */
  async find(typed) {
    this.viewer.terms = phraseOf(typed).length ? phraseOf(typed) : this.asked;
    this.viewer.now = 0;
    this.forget();
    await this.viewer.draw();
    if (!this.viewer.hits.length) await this.goOn(1, { inside: true });
    this.countAhead();
  }

  forget() {
    this.counts = new Map(); // page → hits on it
    this.counting = (this.counting ?? 0) + 1;
  }

  async hitsOn(page) {
    const of = this.counting;
    const count = this.counts.get(page) ?? (await this.viewer.source.hits(page, this.viewer.terms)).length;
    if (of === this.counting) this.counts.set(page, count);
    return count;
  }

  /** To the hit after or before the one that is shown; after the last of the document to the next result. */
  async goOn(by, { inside = false } = {}) {
    const { viewer } = this;
    if (!viewer.source || !viewer.terms.length) return;
    const now = viewer.now + by;
    if (now >= 0 && now < (await this.hitsOn(viewer.page))) {
      viewer.turnTo(viewer.page, now);
      return;
    }
    const { count } = viewer.source;
    const from = viewer.page;
    const walk = (this.walk = (this.walk ?? 0) + 1);
    for (let step = 1; step <= count; step += 1) {
      const plain = from + by * step;
      if ((plain < 1 || plain > count) && !inside && viewer.terms === this.asked && nextResult(by)) return;
      const page = ((plain - 1 + count) % count) + 1;
      const found = await this.hitsOn(page);
      if (walk !== this.walk) return; // pressed again meanwhile
      if (found) {
        viewer.turnTo(page, by > 0 ? 0 : found - 1);
        return;
      }
    }
    this.tell();
  }

  mayCountAhead() {
    return this.viewer.source?.count <= MOST_COUNTED && !("costly" in this.viewer.stage.dataset);
  }

  async countAhead() {
    const { counting, viewer } = this;
    if (!viewer.terms.length || !this.mayCountAhead()) return;
    for (let page = 1; page <= viewer.source.count; page += 1) {
      const hits = await this.hitsOn(page);
      if (counting !== this.counting) return;
      this.markThumb(page, hits);
    }
    this.tell();
  }

  pageShown() {
    this.counts.set(this.viewer.page, this.viewer.hits.length);
    if (!this.words.hidden) this.showText();
    for (const thumb of this.strip.children) {
      if (Number(thumb.dataset.thumb) === this.viewer.page) thumb.setAttribute("aria-current", "page");
      else thumb.removeAttribute("aria-current");
    }
    this.tell();
  }

  /** "3/12", or "1/2 of this page" as long as not all pages are counted. */
  tell() {
    const { viewer, counts } = this;
    const here = viewer.hits.length;
    const all = counts.size === viewer.source.count;
    const total = [...counts.values()].reduce((sum, one) => sum + one, 0);
    const before = [...counts].reduce((sum, [page, one]) => sum + (page < viewer.page ? one : 0), 0);
    for (const button of this.tools.querySelectorAll("[data-reading-act$=hit]")) button.disabled = !viewer.terms.length;
    if (!viewer.terms.length) this.counter.textContent = "";
    else if (all && !total) this.counter.textContent = text("no_hit");
    else if (all && here) this.counter.textContent = text("hit_of", { number: before + viewer.now + 1, total });
    else if (all) this.counter.textContent = text("hits_elsewhere", { total });
    else this.counter.textContent = text("hit_of_page", { number: here ? viewer.now + 1 : 0, total: here });
  }

  showThumbs() {
    if (this.strip.children.length || !this.viewer.source) return;
    const seen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries.filter((one) => one.isIntersecting)) {
        if (isIntersecting) seen.unobserve(target);
        this.drawThumb(target);
      }
    });
    for (let page = 1; page <= this.viewer.source.count; page += 1) {
      const thumb = element("button", { type: "button", class: "thumb-page", "data-thumb": String(page) });
      thumb.append(element("span", { class: "picture" }), element("span", {}, text("page_number", { page })));
      thumb.addEventListener("click", () => this.viewer.turnTo(page));
      this.strip.append(thumb);
      this.markThumb(page, this.counts.get(page) ?? 0);
      seen.observe(thumb);
    }
    this.pageShown();
    this.strip.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  async drawThumb(thumb) {
    const drawn = await this.viewer.source.draw(Number(thumb.dataset.thumb), THUMB_PX);
    drawn.removeAttribute("role"); // the button names its page
    drawn.removeAttribute("aria-label");
    drawn.setAttribute("aria-hidden", "true");
    thumb.querySelector(".picture").replaceChildren(drawn);
  }

  markThumb(page, hits) {
    const thumb = this.strip.querySelector(`[data-thumb="${page}"]`);
    thumb?.querySelector(".cnt")?.remove();
    if (thumb && hits) thumb.append(element("span", { class: "cnt" }, text("hits_on", { hits })));
  }

  /** The words of the page, to be selected and read aloud, with the same marks. */
  async showText() {
    const { viewer } = this;
    const { page } = viewer;
    const words = (await viewer.source?.text(page)) ?? ""; // a file that cannot be shown has none
    if (page !== viewer.page) return;
    const pieces = [];
    let done = 0;
    for (const [from, to] of stretches(viewer.terms, [words])[0]) {
      pieces.push(words.slice(done, from), element("mark", {}, words.slice(from, to)));
      done = to;
    }
    pieces.push(words.slice(done));
    this.words.replaceChildren(...(words.trim() ? pieces : [text("no_text")]));
  }
}

/** The page that is shown goes to the printer with its marks, and nothing else. */
function printSheet() {
  document.body.dataset.printsSheet = "";
  window.addEventListener("afterprint", () => delete document.body.dataset.printsSheet, { once: true });
  window.print();
}
