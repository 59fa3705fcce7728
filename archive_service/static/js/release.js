// A page that is left open over an upgrade: what the server sends may not fit its buttons. It says so, and keeps what was typed.
import { element, text } from "./words.js";

export function startRelease() {
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => hearRelease(detail.xhr.getResponseHeader("X-Archive-Release")));
}

/** A link to the page anew: whoever goes by it is asked about words that are not saved, as by any other. */
export function hearRelease(release) {
  if (!release || release === document.body.dataset.release || document.getElementById("new-release")) return;
  const anew = element("a", { class: "nowrap", href: document.body.dataset.reloadAt ?? location.pathname + location.search }, text("load_anew"));
  document.getElementById("toasts").append(element("div", { class: "toast-line", id: "new-release" }, text("new_release"), anew));
}
