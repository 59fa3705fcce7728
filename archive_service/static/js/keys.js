// Single keys: each button that has one carries `data-key`. Off while typing; can be switched off.
import { element } from "./words.js";

const SETTING = "archive.keys";

export function startKeys() {
  const setting = document.querySelector("[data-keys-on]");
  if (setting) {
    setting.checked = on();
    setting.addEventListener("change", () => {
      localStorage.setItem(SETTING, setting.checked ? "on" : "off");
    });
  }
  listKeys();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("[data-word-form], [data-copy-words]")) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !on()) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.shiftKey ? event.key : event.key.toLowerCase(); // "N" is another key than "n"
    if (press(key, event.target)) event.preventDefault();
  });
}

function on() {
  return localStorage.getItem(SETTING) !== "off";
}

function typing(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
}

function press(key, target) {
  if (key === "?") {
    document.getElementById("keys-help")?.showModal();
    return true;
  }
  if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
  if (key === "n" && nextFinding()) return true;
  if (key === "enter") return goToPlace(target);
  const bearer = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!bearer) return false;
  if (bearer.matches("input, select, textarea")) bearer.focus();
  else bearer.click();
  return true;
}

/** From a finding to its page or field, where it has one. */
function goToPlace(from) {
  const place = from.matches("[data-finding]") ? from.querySelector(".where a") : null;
  place?.click();
  return Boolean(place);
}

/** The item after or before the current one of the list is opened; none that leads off its page. */
function step(by) {
  const items = [...document.querySelectorAll("[data-list] a[data-item]:not([data-leads-off])")];
  if (!items.length) return false;
  const at = items.findIndex((item) => item.hasAttribute("aria-current"));
  const next = items[at < 0 ? 0 : at + by];
  next?.focus();
  next?.click();
  return true;
}

function nextFinding() {
  const findings = [...document.querySelectorAll("[data-finding]")];
  if (!findings.length) return false;
  const next = findings[(findings.indexOf(document.activeElement) + 1) % findings.length];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

/** The keys of this page's own buttons join those that hold everywhere. */
function listKeys() {
  const list = document.querySelector("[data-key-list]");
  const findings = Boolean(document.querySelector("[data-finding]"));
  if (!findings) list?.querySelectorAll("[data-of-findings]").forEach((row) => row.remove());
  for (const target of document.querySelectorAll("[data-key]:not(input)")) {
    const { key } = target.dataset;
    if (findings && key === "n") continue; // it leads to the next finding
    const shift = key === key.toLowerCase() ? [] : [element("kbd", {}, "Shift"), " "];
    const words = target.cloneNode(true);
    for (const hidden of words.querySelectorAll("kbd, svg")) hidden.remove();
    list?.prepend(
      element("dt", {}, ...shift, element("kbd", {}, key.toUpperCase())),
      element("dd", {}, words.textContent.replace("…", "").trim()),
    );
  }
  // Keys that their own place listens to, not the whole page.
  for (const target of document.querySelectorAll("[data-key-listed]")) {
    list?.prepend(
      element("dt", {}, element("kbd", {}, target.dataset.keyListed)),
      element("dd", {}, target.getAttribute("aria-label")),
    );
  }
}
