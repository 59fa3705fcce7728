// The way from what was found to a document, on to the next one, and back to where one was in the results.

const FOUND = "archive.results"; // {address, scrolled, links, previous, next} of the results last left
const BACK = "archive.back";

export function startResults() {
  const list = document.querySelector("[data-results]");
  if (list) keepPlace(list);
  const steps = document.querySelector("[data-result-steps]");
  if (steps) showSteps(steps);
}

/** The address of the result after or before the open document is gone to; false where there is none. */
export function nextResult(by) {
  const address = neighbour(by);
  if (address) location.assign(address);
  return Boolean(address);
}

function keepPlace(list) {
  if (sessionStorage.getItem(BACK) === location.href) {
    const { scrolled, address } = kept();
    sessionStorage.removeItem(BACK);
    if (address === location.href) window.scrollTo({ top: scrolled, behavior: "instant" });
  }
  list.addEventListener("click", (event) => {
    if (!event.target.closest("a")) return;
    const href = (selector) => document.querySelector(selector)?.href ?? null;
    const found = {
      address: location.href,
      scrolled: window.scrollY,
      links: Array.from(list.querySelectorAll("a[data-item]"), (link) => link.href),
      previous: href(".pages [rel=prev]"),
      next: href(".pages [rel=next]"),
    };
    sessionStorage.setItem(FOUND, JSON.stringify(found));
  });
}

function kept() {
  return JSON.parse(sessionStorage.getItem(FOUND) ?? "{}");
}

/** Where the open document stands among the results; -1: one came another way. */
function standing(links = []) {
  return links.map(documentOf).indexOf(documentOf(location.href));
}

function documentOf(href) {
  const { pathname, searchParams } = new URL(href, location.href);
  return JSON.stringify([pathname, searchParams.get("document"), searchParams.get("q")]);
}

function neighbour(by) {
  const found = kept();
  const at = standing(found.links);
  if (at < 0) return null;
  return found.links[at + by] ?? (by > 0 ? found.next : found.previous);
}

function showSteps(steps) {
  const { address, links } = kept();
  if (standing(links) < 0) {
    steps.remove(); // with the keys of its links
    return;
  }
  const back = steps.querySelector("[data-result-back]");
  back.href = address;
  back.addEventListener("click", () => sessionStorage.setItem(BACK, address));
  for (const [name, by] of [["previous", -1], ["next", 1]]) {
    const link = steps.querySelector(`[data-result-${name}]`);
    const to = neighbour(by);
    if (to) link.href = to;
    else link.remove();
  }
  steps.hidden = false;
}
