// The page's own texts for scripts, and Vietnamese words compared without their marks.

const texts = JSON.parse(document.body.dataset.words ?? "{}");

/** The text at this key, with {name} filled in. */
export function text(key, facts = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (place, name) => facts[name] ?? place);
}

/** Lower case, without marks; as long as the text was, so that positions stay true. */
export function fold(words) {
  return Array.from(words.normalize("NFC"), (letter) => {
    const plain = letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return plain === "đ" ? "d" : plain.length === letter.length ? plain : letter;
  }).join("");
}

/** Where the words stand in a text: [from, to) pairs that do not overlap, in order. */
export function found(words, where) {
  const folded = fold(where);
  const places = [];
  for (const word of words.map(fold).filter(Boolean)) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      const whole = !letter(folded[at - 1]) && !letter(folded[at + word.length]);
      if (whole) places.push([at, at + word.length]);
    }
  }
  places.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
  return places.filter(([from], index) => index === 0 || from >= places[index - 1][1]);
}

function letter(sign) {
  return sign !== undefined && /[\p{L}\p{N}]/u.test(sign);
}

/** One symbol of the sprite, hidden from screen readers. */
export function icon(name, tone = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `icon ${tone}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** An element with attributes and children; texts are never read as markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const decimal = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

/** "38 MB": decimal units, as on the server's pages. */
export function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const shown = bytes / 1000 ** power;
  return `${decimal.format(power && shown < 9.95 ? shown : Math.round(shown))} ${units[power]}`;
}
