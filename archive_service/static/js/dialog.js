// Opens and closes native dialogs and the menus of the top bar; holds back blocked acts.

import { startBusy } from "./busy.js";

export function startDialogs() {
  startBusy();
  // The server shows a refused form open; here it covers the page like any other dialog.
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    const typing = document.activeElement;
    dialog.close();
    dialog.showModal();
    if (dialog.contains(typing)) typing.focus(); // who began to type goes on at the same place
  }

  // The second half of a double press that opened a question neither answers nor leaves it.
  let opening = false;
  document.addEventListener("mousedown", ({ detail }) => { opening &&= detail > 1; }, true);
  document.addEventListener("click", (event) => {
    if (!opening || event.detail < 2) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a, summary");
    if (target?.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      document.getElementById(target.getAttribute("aria-describedby") ?? "why")?.focus();
      return;
    }
    const opens = target?.dataset.opens;
    const checks = target?.dataset.checks; // what is asked about is first filled in as it should be
    if (checks && !document.getElementById(checks).reportValidity()) return;
    if (opens) {
      closeMenus();
      document.getElementById(opens)?.showModal();
      opening = event.detail > 0; // by a pointer
    } else if (target?.dataset.closes !== undefined) {
      target.closest("dialog")?.close();
    } else if (target?.dataset.dismiss !== undefined) {
      target.closest(".toast-line")?.remove();
    }
    if (!event.target.closest("[data-menu]") || target?.matches("button.item[type=button]")) closeMenus();
  });
  document.removeEventListener("click", keepEarly); // both of early.js
  pressedEarly?.click();

  // A press beside the dialog leaves it, as Esc does.
  document.addEventListener("mousedown", (event) => {
    if (!opening && event.target instanceof HTMLDialogElement && beside(event)) event.target.close();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus();
    // Where Enter must decide nothing, it asks what the button asks.
    const enters = event.key === "Enter" && !event.isComposing; // an input method ends a word by it
    const form = enters && event.target.matches?.("input") && event.target.form?.id;
    const asks = form && document.querySelector(`[data-checks="${form}"]`);
    if (!asks) return;
    event.preventDefault(); // else the same press goes on to a button of the question
    asks.click();
  });

  // One open menu at a time.
  for (const menu of document.querySelectorAll("[data-menu]")) {
    menu.addEventListener("toggle", () => {
      if (menu.open) closeMenus(menu);
    });
  }
}

function closeMenus(but) {
  for (const menu of document.querySelectorAll("[data-menu][open], .menu[open]")) {
    if (menu !== but) menu.open = false;
  }
}

function beside(event) {
  const box = event.target.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}
