// While words are typed into a search: codes, titles and signers that fit, below the box.
import { element, fold, icon } from "./words.js";

const WAIT_MS = 150;

export function startSuggestions() {
  document.querySelectorAll("input[data-suggests]").forEach((input) => new Suggestions(input));
}

class Suggestions {
  constructor(input) {
    this.input = input;
    this.list = document.getElementById(input.getAttribute("aria-controls"));
    this.chosen = -1;
    this.entries = [];
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("autocomplete", "off");
    this.close();
    input.addEventListener("input", () => this.ask());
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the box keeps the focus
      const item = event.target.closest("[role=option]");
      if (item && event.button === 0) this.go([...this.list.children].indexOf(item));
    });
  }

  ask() {
    clearTimeout(this.timer);
    this.request?.abort();
    const query = this.input.value.trim();
    if (query.length < 2) this.close();
    else this.timer = setTimeout(() => this.fetch(query), WAIT_MS);
  }

  async fetch(query) {
    this.request = new AbortController();
    const address = `${this.input.dataset.suggests}?${new URLSearchParams({ q: query })}`;
    try {
      const answer = await fetch(address, {
        headers: { Accept: "application/json" },
        signal: this.request.signal,
      });
      if (answer.ok) this.show((await answer.json()).entries, query);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  /** entries: {href, text, code, kind, icon} */
  show(entries, query) {
    if (document.activeElement !== this.input || this.input.value.trim() !== query) return;
    this.entries = entries;
    this.list.replaceChildren(...entries.map((entry, index) => this.option(entry, index, query)));
    this.list.hidden = entries.length === 0;
    this.input.setAttribute("aria-expanded", String(entries.length > 0));
    this.choose(-1);
  }

  option(entry, index, query) {
    const words = element("span", { class: "grow" });
    if (entry.code) words.append(element("span", { class: "code" }, entry.code), " ");
    words.append(...begun(entry.text.normalize("NFC"), query));
    const item = element("li", { role: "option", id: `${this.list.id}-${index}` });
    item.append(icon(entry.icon), words, element("span", { class: "end meta" }, entry.kind));
    return item;
  }

  choose(index) {
    this.chosen = index;
    [...this.list.children].forEach((item, at) => {
      item.setAttribute("aria-selected", String(at === index));
    });
    const item = this.list.children[index];
    item?.scrollIntoView({ block: "nearest" });
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  press(event) {
    if (this.list.hidden) return;
    const last = this.entries.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = this.chosen + (event.key === "ArrowDown" ? 1 : -1);
      this.choose(next > last ? -1 : next < -1 ? last : next);
    } else if (event.key === "Enter" && this.chosen >= 0) {
      event.preventDefault();
      this.go(this.chosen);
    } else if (event.key === "Escape") {
      event.preventDefault(); // a search field would empty itself first
      this.close();
    }
  }

  go(index) {
    const entry = this.entries[index];
    this.close();
    if (entry) location.assign(entry.href);
  }

  close() {
    clearTimeout(this.timer);
    this.entries = [];
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

/** The beginnings of words that were typed, marked. */
function begun(title, query) {
  const typed = fold(query).match(/[\p{L}\p{N}]+/gu) ?? [];
  const parts = [];
  let at = 0;
  for (const { 0: word, index } of fold(title).matchAll(/[\p{L}\p{N}]+/gu)) {
    const fits = typed.filter((one) => word.startsWith(one)).sort((one, other) => other.length - one.length);
    if (!fits.length) continue;
    const end = index + fits[0].length;
    parts.push(title.slice(at, index), element("mark", {}, title.slice(index, end)));
    at = end;
  }
  return [...parts, title.slice(at)];
}
