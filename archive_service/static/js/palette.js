// Ctrl K: jump to a code, a page or an act. Pages and acts are at hand; the rest is asked for.
import { element, fold, found, icon, text } from "./words.js";

const WAIT_MS = 150;

export function startPalette() {
  const box = document.getElementById("palette");
  if (!box) return;
  const palette = new Palette(box);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette.open();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-opens-palette]")) return;
    event.preventDefault();
    palette.open();
  });
}

class Palette {
  constructor(box) {
    this.box = box;
    this.input = box.querySelector("input");
    this.told = box.querySelector("[role=status]");
    this.list = box.querySelector("[role=listbox]");
    this.entries = [];
    this.chosen = 0;
    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.go([...this.list.children].indexOf(item));
    });
  }

  open() {
    if (!this.box.open) this.box.showModal();
    this.input.select();
    this.ask();
  }

  ask() {
    const query = this.input.value.trim();
    this.show(atHand(query), query);
    clearTimeout(this.timer);
    this.request?.abort();
    if (query) this.timer = setTimeout(() => this.fetch(query), WAIT_MS);
  }

  async fetch(query) {
    this.request = new AbortController();
    const address = `${this.box.dataset.find}?${new URLSearchParams({ q: query })}`;
    try {
      const answer = await fetch(address, {
        headers: { Accept: "application/json" },
        signal: this.request.signal,
      });
      if (!answer.ok) return;
      const { entries, told } = await answer.json();
      this.show([...entries, ...atHand(query)], query, entries.length ? told : "");
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  /** entries: {href, code, title, kind, icon} or {act, title, kind, icon} */
  show(entries, query, told = "") {
    this.told.textContent = told;
    this.told.hidden = !told;
    this.entries = entries;
    this.list.replaceChildren(...entries.map((entry, index) => option(entry, index, query)));
    this.choose(0);
  }

  choose(index) {
    this.chosen = Math.max(0, Math.min(index, this.entries.length - 1));
    [...this.list.children].forEach((item, at) => {
      item.setAttribute("aria-selected", String(at === this.chosen));
    });
    const item = this.list.children[this.chosen];
    item?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", item?.id ?? "");
  }

  press(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.go(this.chosen);
    } else if (event.key === "Escape") {
      event.preventDefault(); // a search field would empty itself first
      this.box.close();
    }
  }

  go(index) {
    const entry = this.entries[index];
    if (!entry) return;
    this.box.close();
    if (entry.act) entry.act.click();
    else location.assign(entry.href);
  }
}

/** The pages of the top bar and the acts of this page that the words fit, and the search. */
function atHand(query) {
  const pages = [...document.querySelectorAll("#places a")].map((link) => ({
    href: link.href,
    title: link.firstChild.textContent.trim(),
    kind: text("page"),
    icon: "chevron-right",
  }));
  const acts = [...document.querySelectorAll("main [data-key]:not(input)")]
    .filter((act) => act.getAttribute("aria-disabled") !== "true")
    .map((act) => ({
      act,
      title: [...act.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("").trim(),
      kind: text("act"),
      icon: "check-lg",
    }));
  const fits = [...acts, ...pages].filter(({ title }) => fold(title).includes(fold(query)));
  if (!query) return fits;
  const search = document.querySelector("[data-opens-palette]").href;
  return [
    ...fits,
    { href: `${search}?${new URLSearchParams({ q: query })}`, title: text("search", { query }), kind: text("searching"), icon: "search" },
  ];
}

function option(entry, index, query) {
  const words = element("span", { class: "grow" });
  if (entry.code) words.append(element("span", { class: "code" }, entry.code), " ");
  words.append(...marked(entry.title, query.split(/\s+/)));
  const item = element("li", { role: "option", id: `palette-${index}`, "aria-selected": "false" });
  item.append(icon(entry.icon), words, element("span", { class: "end meta" }, entry.kind));
  return item;
}

function marked(title, words) {
  const shown = title.normalize("NFC");
  const parts = [];
  let at = 0;
  for (const [from, to] of found(words, shown)) {
    parts.push(shown.slice(at, from), element("mark", {}, shown.slice(from, to)));
    at = to;
  }
  return [...parts, shown.slice(at)];
}
