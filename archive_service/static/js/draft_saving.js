// What is typed into a draft reaches the server before a form leaves the page; what does not is told at its field, and the browser asks before it is left.
import { element, text } from "./words.js";

const AGAIN_MS = 250;
const LOST_MS = 5000; // after a line that broke, or a server that did not answer

export class Saving {
  constructor(page) {
    this.page = page;
    this.running = 0;
    this.again = false; // asked for while others were on their way
    this.goes = false; // a form that was held back is on its way
    this.gone = false;
    this.listen();
    this.keepTyped();
    document.addEventListener("submit", (event) => this.holdForm(event));
    document.addEventListener("click", (event) => this.holdLink(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.unsaved().length && !this.gone) event.preventDefault();
    });
    window.addEventListener("pagehide", () => this.sendLast());
    document.addEventListener("signed-in-again", () => this.tryAgain());
    window.addEventListener("online", () => this.tryAgain());
    window.addEventListener("pageshow", ({ persisted }) => {
      if (!persisted) return;
      this.gone = false;
      for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
    });
  }

  /** What the server is told that the field showed (`data-was`): a change made elsewhere is not overwritten. */
  listen() {
    const field = (asked) => (asked.matches("[data-saves]") ? asked : null);
    this.page.addEventListener("htmx:configRequest", ({ detail }) => {
      const asked = field(detail.elt);
      if (asked) detail.parameters.was = asked.dataset.was;
    });
    this.page.addEventListener("htmx:beforeRequest", (event) => {
      const asked = field(event.detail.requestConfig.elt);
      if (this.gone) event.preventDefault(); // nothing asks for a draft that may be handed in by now
      else if (asked && asked.value === asked.dataset.was) event.preventDefault(); // saved meanwhile
    });
    // Not by htmx's own word of the end: that is said where the field was, which may be drawn anew by then.
    this.page.addEventListener("htmx:beforeSend", ({ detail }) => {
      const asked = field(detail.requestConfig.elt);
      if (!asked) return;
      const { xhr } = detail;
      const sent = asked.value;
      this.running += 1;
      // As soon as it is here: before the next one in the queue tells what its field showed.
      xhr.addEventListener("readystatechange", () => {
        if (xhr.readyState === XMLHttpRequest.DONE) this.answered(asked, sent, xhr.status);
      });
      xhr.addEventListener("loadend", () => this.ended());
    });
  }

  /** A part that is drawn anew takes no words away that the server has not heard; what it says now is noted. */
  keepTyped() {
    document.addEventListener("htmx:oobBeforeSwap", ({ target, detail }) => {
      const box = target.querySelector("[data-saves]");
      const field = box ?? document.getElementById(target.id.replace(/-note$/, ""));
      if (!field?.matches("[data-saves]") || field.value === field.dataset.was) return;
      const now = detail.fragment.querySelector("[data-saves]");
      if (box && now) field.dataset.was = now.dataset.was;
      if (box || target.querySelector("[data-unsaved]")) detail.shouldSwap = false;
    });
  }

  answered(asked, sent, status) {
    const field = document.getElementById(asked.id) ?? asked;
    if (status >= 200 && status < 300) field.dataset.was = sent;
    else this.refused(field, sent, status);
  }

  ended() {
    this.running -= 1;
    if (this.again && !this.running) this.tryAgain();
    this.settled?.();
  }

  /** A conflict or a wrong value brings its own words; all else is told here. */
  refused(field, sent, status) {
    field.dataset.refused = sent;
    const note = document.getElementById(`${field.id}-note`);
    note.replaceChildren();
    if ([409, 422].includes(status)) return;
    if (status === 0 || status >= 500) setTimeout(() => this.tryAgain(), LOST_MS);
    const words = text(status === 404 ? "draft_gone" : "not_saved");
    note.append(element("p", { class: "t-error small mb-0", "data-unsaved": "" }, words));
  }

  /** One after the other, as they wait in the queue of the page. */
  tryAgain() {
    this.again = this.running > 0;
    if (this.gone || this.again) return;
    for (const field of this.unsaved()) window.htmx.trigger(field, "change");
  }

  unsaved() {
    return [...this.page.querySelectorAll("[data-saves]")].filter((field) => field.value !== field.dataset.was);
  }

  /** Sends what is not saved, one after the other; whether all of it is there. */
  async saved(covering = null) {
    for (const field of this.unsaved()) delete field.dataset.refused;
    const next = () => this.unsaved().find((field) => field.dataset.refused !== field.value);
    while (this.running || next()) {
      if (!this.running) window.htmx.trigger(next(), "change");
      await new Promise((resolve) => {
        this.settled = resolve;
        setTimeout(resolve, AGAIN_MS); // another act of the page may be first
      });
    }
    const [refused] = this.unsaved();
    if (refused) covering?.close();
    refused?.focus();
    refused?.scrollIntoView({ block: "center" });
    return !refused;
  }

  async holdForm(event) {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || this.goes) return;
    if (form.closest("#discard")) {
      this.leave();
      return;
    }
    event.preventDefault();
    if (this.gone || form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    if (!(await this.saved(form.closest("dialog")))) {
      form.removeAttribute("aria-busy");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve)); // a form that is being sent cannot be sent again
    this.goes = true;
    if (form.elements.shown) this.tellShown(form);
    form.dataset.unasked = ""; // asked before it was held
    form.requestSubmit(event.submitter);
    delete form.dataset.unasked;
    this.goes = false;
    this.leave();
  }

  /** A link goes as soon as the words are there: the browser need not ask about words that are on their way. */
  async holdLink(event) {
    const link = event.target.closest("a[href]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link?.target || link?.hasAttribute("download");
    if (!link || elsewhere || event.defaultPrevented || link.getAttribute("href").startsWith("#") || !this.unsaved().length) return;
    event.preventDefault();
    if (await this.saved()) location.assign(link.href);
  }

  /** Back, or a page that is closed: what was typed last goes by the one request that outlives its page. */
  sendLast() {
    if (this.gone) return;
    const csrf_token = document.querySelector('input[name="csrf_token"]').value;
    for (const field of this.unsaved()) {
      const typed = { ...JSON.parse(field.getAttribute("hx-vals")), csrf_token, value: field.value, was: field.dataset.was };
      const told = new FormData();
      for (const [name, value] of Object.entries(typed)) told.append(name, value);
      if (navigator.sendBeacon(field.getAttribute("hx-post"), told)) field.dataset.was = field.value;
    }
  }

  /** Nothing is asked of the server from here on: the draft may be no more. */
  leave() {
    this.gone = true;
    window.htmx.trigger(this.page, "htmx:abort");
  }

  /** Handed in is what the page shows: the server refuses where somebody else changed it. */
  tellShown(form) {
    const fields = [...this.page.querySelectorAll("[data-saves]")];
    const shown = fields.map((field) => {
      const { row, name } = JSON.parse(field.getAttribute("hx-vals"));
      return [row, name, field.value];
    });
    form.elements.shown.value = JSON.stringify(shown);
    form.elements.seen.value = this.page.querySelector("#documents").dataset.order;
  }
}
