// A form answered by a file leaves its page as it stands: its button tells that the file is made.
const LOOK_MS = 300;

export function startBusy() {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    form.addEventListener("submit", (event) => {
      const button = form.querySelector("[type=submit]");
      if (button.getAttribute("aria-busy") === "true") event.preventDefault();
      else wait(form, button);
    });
  }
}

/** Until the answer sets the cookie `issued` to the request of this form. */
function wait(form, button) {
  const told = button.textContent;
  const sent = form.elements.request.value;
  button.setAttribute("aria-busy", "true");
  button.textContent = form.dataset.busy;
  const looking = setInterval(() => {
    if (!document.cookie.split("; ").includes(`issued=${sent}`)) return;
    clearInterval(looking);
    button.removeAttribute("aria-busy");
    button.textContent = told;
    form.elements.request.value = `${sent}+`; // the next one is another request
    form.closest("dialog")?.close();
  }, LOOK_MS);
}
