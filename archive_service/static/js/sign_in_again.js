// A session that ends while somebody works: the sign-in comes over the page, and what was typed stays.
import { hearRelease } from "./release.js";
import { element, icon, text } from "./words.js";

const QUIET_MS = 60_000; // who closes the question is not asked by the next look of the page itself

let asking = null;
let closedAt = 0; // what was typed or sent before is known by now: its answer asks nobody again
const sentAt = new WeakMap();
const typedAt = new WeakMap();

export function startSignInAgain() {
  if (!document.body.dataset.account) return;
  document.addEventListener("input", ({ target }) => typedAt.set(target, performance.now()));
  document.addEventListener("htmx:beforeSend", ({ detail }) => sentAt.set(detail.xhr, performance.now()));
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    const expired = xhr.status === 403 && xhr.responseText.includes("form-expired");
    if (xhr.status !== 401 && !expired) return;
    event.preventDefault(); // else the browser leaves for the sign-in, and what was typed is gone
    const anew = typedAt.get(requestConfig.elt) > closedAt;
    if (!closedAt || anew || sentAt.get(xhr) > closedAt + QUIET_MS) renew().catch(() => {}); // tried again with the next
  });
  window.addEventListener("submit", askFirst, true); // before any other script hears of the form
}

const sure = new WeakSet(); // forms that may go: the server knows their person and their token
const asked = new WeakSet();

/** A form leaves its page only when it will be heard: else what was typed into it would be gone. */
async function askFirst(event) {
  const form = event.target;
  if (sure.delete(form) || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.closest("#sign-in-again") || form.hasAttribute("data-unasked")) return;
  if (![...document.forms].some(isFilled)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (asked.has(form)) return; // pressed twice
  asked.add(form);
  const { submitter } = event;
  try {
    if (!(await isHeard(form))) await renew();
    if (!form.isConnected) return; // a part that was drawn anew meanwhile
    sure.add(form);
    form.requestSubmit(submitter?.form === form ? submitter : null);
    sure.delete(form); // held back by what is wrong in a field
  } catch {
    if (form.isConnected) tellUnsent(form);
  } finally {
    asked.delete(form);
  }
}

async function isHeard(form) {
  const given = form.closest("[hx-headers]")?.getAttribute("hx-headers");
  const token = form.elements.csrf_token?.value ?? (given ? JSON.parse(given)["X-CSRFToken"] : "");
  const headers = { "HX-Request": "true", "X-CSRFToken": token };
  const answer = await fetch(document.body.dataset.formCheck, { headers, cache: "no-store" });
  if (answer.status >= 500) throw new Error(answer.statusText);
  hearRelease(answer.headers.get("X-Archive-Release"));
  return answer.ok;
}

/** Whether somebody typed, chose or ticked something that would be gone with the page. */
function isFilled(form) {
  return [...form.elements].some((field) => {
    if (field.type === "hidden") return false;
    if (field.type === "file") return field.files.length > 0;
    if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    return "defaultValue" in field && field.value !== field.defaultValue;
  });
}

/** In the form where it covers the page, else with what the page tells in passing. */
function tellUnsent(form) {
  document.getElementById("unsent")?.remove();
  const close = element("button", { class: "btn-close-line", type: "button", "data-dismiss": "", "aria-label": text("dismiss") }, icon("x-lg"));
  const words = element("span", { class: "grow" }, text("unsent"));
  const told = element("div", { class: "toast-line", id: "unsent", role: "alert" }, icon("x-octagon-fill"), words, close);
  const covering = form.closest("dialog[open]");
  if (covering) form.prepend(told);
  else document.getElementById("toasts").append(told);
}

/** New form tokens for this page; by a sign-in over it where the session has ended. */
export function renew() {
  asking ??= again()
    .catch((error) => {
      closedAt = performance.now();
      throw error;
    })
    .finally(() => {
      asking = null;
    });
  return asking;
}

async function again() {
  let page = await read(await fetch(here()));
  if (page.isDoor) page = await signIn(page);
  if (page.found.body.dataset.account !== document.body.dataset.account) {
    location.assign("/"); // somebody else is at this browser now: nothing is saved in their name
    throw new Error("another account");
  }
  takeTokens(page.found);
  hearRelease(page.found.body.dataset.release);
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
    const isIn = (answer) => {
      if (answer.isDoor) return false;
      if (!answer.found.body.dataset.account) throw new Error("no page of a person");
      resolve(answer);
      dialog.close();
      return true;
    };
    const look = async () => {
      const now = await read(await fetch(here()));
      return isIn(now) ? null : now;
    };
    const lookQuietly = () => void look().catch(() => {});
    dialog.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = new URLSearchParams(new FormData(event.target));
      try {
        const now = await look(); // signed in at another window by now; else a token that is not of last week
        if (!now) return;
        body.set("csrf_token", now.found.querySelector(".door form.body [name=csrf_token]").value);
        const answer = await read(await fetch(door.address, { method: "POST", body }));
        if (!isIn(answer)) show(answer);
      } catch {
        lead.textContent = text("sign_in_lost");
      }
    });
    window.addEventListener("focus", lookQuietly); // back from the window where one signed in
    dialog.addEventListener("close", () => {
      window.removeEventListener("focus", lookQuietly);
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
  for (const field of form.querySelectorAll("[aria-describedby]")) field.setAttribute("aria-describedby", `again-${field.getAttribute("aria-describedby")}`);
  for (const link of form.querySelectorAll("a[href]")) link.target = "_blank"; // an identity provider's page
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
