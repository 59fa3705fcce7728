// A session that ends while somebody works: the sign-in comes over the page, and what was typed stays.
import { element, text } from "./words.js";

const QUIET_MS = 60_000; // who closes the question is not asked by the next look of the page itself

let asking = null;
let quietUntil = 0;

export function startSignInAgain() {
  if (!document.body.dataset.account) return;
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, elt } = event.detail;
    const expired = xhr.status === 403 && xhr.responseText.includes("form-expired");
    if (xhr.status !== 401 && !expired) return;
    event.preventDefault(); // else the browser leaves for the sign-in, and what was typed is gone
    if (elt.matches("[data-saves]") || Date.now() > quietUntil) renew();
  });
}

/** New form tokens for this page; by a sign-in over it where the session has ended. */
function renew() {
  asking ??= again()
    .catch(() => {
      quietUntil = Date.now() + QUIET_MS;
    })
    .finally(() => {
      asking = null;
    });
}

async function again() {
  let page = await read(await fetch(here()));
  if (page.isDoor) page = await signIn(page);
  if (page.found.body.dataset.account !== document.body.dataset.account) {
    location.assign("/"); // somebody else is at this browser now: nothing is saved in their name
    return;
  }
  takeTokens(page.found);
  document.dispatchEvent(new CustomEvent("signed-in-again"));
}

function here() {
  return document.body.dataset.reloadAt ?? location.pathname + location.search;
}

async function read(answer) {
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { found, address: answer.url, isDoor: Boolean(found.querySelector(".door form.body")) };
}

/** The form of the sign-in page itself, so that whatever it asks for is asked for here. */
function signIn(door) {
  const title = element("h2", { id: "again-title" }, text("session_ended"));
  const head = element("div", { class: "dlg-head" }, title);
  const lead = element("p", { class: "body mb-0 pb-0" }, text("session_ended_lead"));
  const dialog = element("dialog", { class: "dialog", id: "sign-in-again", "aria-labelledby": "again-title" });
  document.body.append(dialog);
  const show = (from) => {
    dialog.replaceChildren(head, lead, formOf(from.found));
    dialog.querySelector("[type=password], input:not([type=hidden], [readonly])")?.focus();
  };
  return new Promise((resolve, reject) => {
    dialog.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const body = new URLSearchParams(new FormData(event.target));
        const answer = await read(await fetch(door.address, { method: "POST", body }));
        if (answer.isDoor) show(answer);
        else {
          resolve(answer);
          dialog.close();
        }
      } catch {
        lead.textContent = text("sign_in_lost");
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      reject(new Error("closed")); // of no effect after it went well
    });
    show(door);
    dialog.showModal();
    dialog.querySelector("[type=password]")?.focus();
  });
}

function formOf(page) {
  const form = document.importNode(page.querySelector(".door form.body"), true);
  for (const named of form.querySelectorAll("[id]")) named.id = `again-${named.id}`;
  for (const label of form.querySelectorAll("[for]")) label.htmlFor = `again-${label.htmlFor}`;
  form.elements.next.value = here();
  if (form.elements.name) {
    form.elements.name.value = document.body.dataset.account;
    form.elements.name.readOnly = true;
  }
  return form;
}

function takeTokens(page) {
  const token = page.querySelector("[name=csrf_token]").value;
  for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
  for (const [attribute, key] of [["hx-headers", "X-CSRFToken"], ["hx-vals", "csrf_token"]]) {
    for (const bearer of document.querySelectorAll(`[${attribute}]`)) {
      const facts = JSON.parse(bearer.getAttribute(attribute));
      if (key in facts) bearer.setAttribute(attribute, JSON.stringify({ ...facts, [key]: token }));
    }
  }
}
