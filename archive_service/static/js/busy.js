// A form answered by a file leaves its page as it stands: its button tells that the file is made,
// a refusal is shown where the form stands, and a line that breaks gives the button back with a word.
import { element } from "./words.js";

const ON_ITS_WAY_MS = 10_000; // an answer may be a file, after which the page stands as it was
const sent = new WeakMap();

export function startBusy() {
  window.addEventListener("submit", goesOnce); // after whoever holds a form back
  document.addEventListener("submit", waits);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("form[data-waits] [aria-busy]")) location.reload();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-busy]")) return;
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.getAttribute("aria-busy") !== "true") send(form, button);
  });
}

/** A form that is on its way is not sent again by a second press. */
function goesOnce(event) {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (performance.now() - (sent.get(form) ?? -ON_ITS_WAY_MS) < ON_ITS_WAY_MS) event.preventDefault();
  else sent.set(form, performance.now());
}

/** A form answered by a page: its button tells that it is under way, and it goes once. */
function waits(event) {
  const form = event.target;
  if (!form.matches("form[data-waits]")) return;
  const button = form.querySelector("[type=submit]");
  if (button.getAttribute("aria-busy") === "true") event.preventDefault();
  button.setAttribute("aria-busy", "true");
  button.textContent = form.dataset.waits;
}

async function send(form, button) {
  const failed = form.querySelector("[data-failed]");
  const told = button.textContent;
  failed.hidden = true;
  button.setAttribute("aria-busy", "true");
  button.textContent = form.dataset.busy;
  try {
    const given = { method: "POST", headers: { Accept: "text/html, */*" }, body: new FormData(form) };
    const answer = await fetch(form.action, given);
    const name = /filename="?([^";]+)/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];
    if (name) keep(form, name, await answer.blob());
    else tell(form, answer, await answer.text());
  } catch {
    failed.hidden = false;
    failed.scrollIntoView({ block: "nearest" });
  } finally {
    button.removeAttribute("aria-busy");
    button.textContent = told;
  }
}

function keep(form, name, file) {
  const href = URL.createObjectURL(file);
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
  form.elements.request.value += "+"; // the next one is another request
  form.closest("dialog").close();
}

/** The same question as the server shows it now; where it asks no more, the page anew. */
function tell(form, answer, page) {
  const dialog = form.closest("dialog");
  const shown = new DOMParser().parseFromString(page, "text/html").getElementById(dialog.id);
  if (shown) dialog.replaceChildren(...shown.childNodes);
  else if (answer.status >= 500) throw new Error(answer.statusText);
  else location.assign(answer.redirected ? answer.url : location.href);
}
