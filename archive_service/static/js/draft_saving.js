// What is typed into a draft reaches the server before a form leaves the page; what does not is told at its field, and the browser asks before it is left.
import { element, text } from "./words.js";

const AGAIN_MS = 250;
const LOST_MS = 5000; // after a line that broke, or a server that did not answer

export class Saving {
  constructor(page) {
    this.page = page;
    this.running = 0;
    this.goes = false; // a form that was held back is on its way
    this.gone = false;
    this.listen();
    document.addEventListener("submit", (event) => this.holdForm(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.unsaved().length && !this.gone) event.preventDefault();
    });
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
      if (!asked) return;
      detail.parameters.was = asked.dataset.was;
      asked.dataset.sent = asked.value;
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
      this.running += 1;
      detail.xhr.addEventListener("loadend", () => this.answered(asked, detail.xhr));
    });
  }

  answered(asked, xhr) {
    const field = document.getElementById(asked.id) ?? asked;
    this.running -= 1;
    field.dataset.sent = asked.dataset.sent;
    if (xhr.status >= 200 && xhr.status < 300) field.dataset.was = asked.dataset.sent;
    else this.refused(field, xhr.status);
    this.settled?.();
  }

  /** A conflict or a wrong value brings its own words; all else is told here. */
  refused(field, status) {
    field.dataset.refused = field.dataset.sent;
    if ([409, 422].includes(status)) return;
    if (status === 0 || status >= 500) setTimeout(() => this.tryAgain(), LOST_MS);
    const told = element("p", { class: "t-error small mb-0" }, text(status === 404 ? "draft_gone" : "not_saved"));
    document.getElementById(`${field.id}-note`).replaceChildren(told);
  }

  /** One after the other, as they wait in the queue of the page. */
  tryAgain() {
    if (this.gone || this.running) return;
    for (const field of this.unsaved()) window.htmx.trigger(field, "change");
  }

  unsaved() {
    return [...this.page.querySelectorAll("[data-saves]")].filter((field) => field.value !== field.dataset.was);
  }

  /** Sends what is not saved, one after the other; whether all of it is there. */
  async saved() {
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
    refused?.focus();
    refused?.scrollIntoView({ block: "center" });
    return !refused;
  }

  async holdForm(event) {
    const form = event.target;
    if (form.closest("dialog") || form.hasAttribute("hx-post")) return;
    if (this.goes) return;
    event.preventDefault();
    if (this.gone || form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    if (!(await this.saved())) {
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
    this.gone = true;
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
