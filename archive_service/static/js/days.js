// Fields of a day: dd/mm/yyyy, typed with or without signs, or chosen from a calendar with the keys.
import { noteBelow } from "./fields.js";
import { element, icon, text } from "./words.js";

const KINDS = {
  day: /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$|^(\d{2})(\d{2})(\d{4})$/,
  iso: /^(\d{4})-(\d{2})-(\d{2})$/,
  part: /^((0?[1-9]|1[0-2])[/.-])?\d{4}$|^\d{4}-(0[1-9]|1[0-2])$/,
};
const language = document.documentElement.lang;
const monthName = new Intl.DateTimeFormat(language, { month: "long", year: "numeric" });
const dayName = new Intl.DateTimeFormat(language, { dateStyle: "full" });
const weekday = new Intl.DateTimeFormat(language, { weekday: "long" });
const weekdayShort = new Intl.DateTimeFormat(language, { weekday: "narrow" });

export function startDays() {
  const dressed = (part) => part.querySelectorAll?.("input[data-day]").forEach(dress);
  dressed(document);
  document.addEventListener("htmx:load", ({ detail }) => dressed(detail.elt));
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("input[data-day]")) tidy(target);
  }, true); // before anything sends what was typed
  document.addEventListener("pointerdown", () => (pressing = true), true);
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => (pressing = false), true);
  }
}

let pressing = false; // a note that moved the button under a finger would take its press away

/** At once, or after the press that left the field. */
function unpressed(act) {
  if (pressing) document.addEventListener("pointerup", () => setTimeout(act), { once: true });
  else act();
}

/** A button that opens the calendar stands beside the field; without scripts the field is enough. */
function dress(input) {
  if (input.closest(".day-field")) return;
  const typing = document.activeElement === input;
  const field = element("span", { class: "day-field" });
  const words = text("day_open");
  const button = element("button", { class: "btn btn-secondary btn-icon", type: "button", "aria-label": words, title: words });
  button.append(icon("calendar3"));
  button.addEventListener("click", () => new Calendar(input, button));
  input.before(field);
  field.append(input, button);
  if (typing) input.focus();
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !event.altKey) return;
    event.preventDefault();
    new Calendar(input, button);
  });
}

/** What was typed as it is written here; what is no day is told below the field at once. */
function tidy(input) {
  const { day, rest } = parted(input);
  const read = dayOf(day);
  if (read) input.value = [written(read), ...(rest ? [rest] : [])].join(" ");
  const sound = read || !day || (input.dataset.day === "part" && KINDS.part.test(day));
  unpressed(() => noteBelow(input, "unsound", sound ? "" : text("day_none", { text: day })));
}

function parted(input) {
  const [day, ...rest] = input.value.trim().split(input.dataset.day === "moment" ? /[T\s]+/ : /(?!)/);
  return { day, rest: rest.join(" ") };
}

/** The day in these words; none where no calendar has it. */
function dayOf(words) {
  const common = KINDS.day.exec(words);
  const iso = KINDS.iso.exec(words);
  if (!common && !iso) return null;
  const [year, month, day] = (iso ? iso.slice(1) : common.slice(1).filter(Boolean).reverse()).map(Number);
  const found = at(year, month - 1, day);
  return found.getMonth() === month - 1 && found.getDate() === day ? found : null;
}

function at(year, month, day) {
  const made = new Date(2000, 0, 1);
  made.setFullYear(year, month, day); // the constructor reads years below 100 as of 1900
  return made;
}

function written(day) {
  const two = (number) => String(number).padStart(2, "0");
  return `${two(day.getDate())}/${two(day.getMonth() + 1)}/${String(day.getFullYear()).padStart(4, "0")}`;
}

/** One month in a dialog; the chosen day goes into the field, which hears it as typed. */
class Calendar {
  constructor(input, opener) {
    this.input = input;
    const { day, rest } = parted(input);
    this.rest = rest;
    this.chosen = dayOf(day);
    this.day = this.chosen ?? new Date();
    this.dialog = element("dialog", { class: "dialog day-picker", "aria-labelledby": "day-picker-month" });
    this.title = element("h2", { id: "day-picker-month", "aria-live": "polite" });
    this.body = element("tbody");
    this.dialog.append(this.head(), this.table(), this.foot());
    this.dialog.addEventListener("keydown", (event) => this.press(event));
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      opener.focus();
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.show(this.day);
  }

  head() {
    const turns = (words, symbol, turn) => {
      const button = element("button", { class: "btn btn-quiet btn-icon", type: "button", "aria-label": text(words), title: text(words) });
      button.append(icon(symbol));
      button.addEventListener("click", () => this.show(turn(this.day), false));
      return button;
    };
    return element(
      "div",
      { class: "day-picker-head" },
      turns("day_year_before", "chevron-double-left", (day) => months(day, -12)),
      turns("day_month_before", "chevron-left", (day) => months(day, -1)),
      this.title,
      turns("day_month_after", "chevron-right", (day) => months(day, 1)),
      turns("day_year_after", "chevron-double-right", (day) => months(day, 12)),
    );
  }

  table() {
    const names = [1, 2, 3, 4, 5, 6, 7].map((day) => {
      const of = new Date(2024, 0, day); // 1 January 2024 was a Monday
      return element("th", { scope: "col", abbr: weekday.format(of) }, weekdayShort.format(of));
    });
    const head = element("thead", {}, element("tr", {}, ...names));
    return element("table", { "aria-labelledby": "day-picker-month" }, head, this.body);
  }

  foot() {
    const today = element("button", { class: "btn btn-secondary", type: "button" }, text("day_today"));
    today.addEventListener("click", () => this.take(new Date()));
    const back = element("button", { class: "btn btn-quiet", type: "button" }, text("day_back"), " ", element("kbd", {}, "Esc"));
    back.addEventListener("click", () => this.dialog.close());
    return element("div", { class: "day-picker-foot" }, today, back);
  }

  show(day, focuses = true) {
    this.day = day;
    const [year, month] = [day.getFullYear(), day.getMonth()];
    const name = monthName.format(day);
    this.title.textContent = name[0].toUpperCase() + name.slice(1);
    const before = (at(year, month, 1).getDay() + 6) % 7; // weeks begin on Monday
    const weeks = Math.ceil((before + at(year, month + 1, 0).getDate()) / 7);
    const rows = Array.from({ length: weeks }, (_, week) => {
      const cells = Array.from({ length: 7 }, (__, column) => {
        const shown = at(year, month, week * 7 + column - before + 1);
        return element("td", {}, ...(shown.getMonth() === month ? [this.cell(shown)] : []));
      });
      return element("tr", {}, ...cells);
    });
    this.body.replaceChildren(...rows);
    if (focuses) this.body.querySelector('[tabindex="0"]').focus();
  }

  cell(day) {
    const same = (other) => other && written(other) === written(day);
    const button = element("button", {
      type: "button",
      tabindex: same(this.day) ? "0" : "-1",
      "aria-label": dayName.format(day),
      "aria-pressed": String(Boolean(same(this.chosen))),
      ...(same(new Date()) ? { "aria-current": "date" } : {}),
    }, String(day.getDate()));
    button.addEventListener("click", () => this.take(day));
    return button;
  }

  press(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation(); // a dialog below stays
      this.dialog.close();
      return;
    }
    if (!event.target.closest("td")) return;
    const turn = TURNS[event.shiftKey && event.key.startsWith("Page") ? `Shift${event.key}` : event.key];
    if (!turn) return;
    event.preventDefault();
    this.show(turn(this.day));
  }

  take(day) {
    this.input.value = [written(day), ...(this.rest ? [this.rest] : [])].join(" ");
    this.dialog.close();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function days(day, by) {
  return at(day.getFullYear(), day.getMonth(), day.getDate() + by);
}

/** The same day of another month; the last one where that month is shorter. */
function months(day, by) {
  const last = at(day.getFullYear(), day.getMonth() + by + 1, 0);
  return at(last.getFullYear(), last.getMonth(), Math.min(day.getDate(), last.getDate()));
}

const TURNS = {
  ArrowLeft: (day) => days(day, -1),
  ArrowRight: (day) => days(day, 1),
  ArrowUp: (day) => days(day, -7),
  ArrowDown: (day) => days(day, 7),
  Home: (day) => days(day, -((day.getDay() + 6) % 7)),
  End: (day) => days(day, 6 - ((day.getDay() + 6) % 7)),
  PageUp: (day) => months(day, -1),
  PageDown: (day) => months(day, 1),
  ShiftPageUp: (day) => months(day, -12),
  ShiftPageDown: (day) => months(day, 12),
};
