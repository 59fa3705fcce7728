// The pages that a viewer shows: drawn at a width, with the places of words and the text; of a PDF or of images.
import { hitsIn } from "./marking.js";
import { element, text } from "./words.js";

export function imagePages(stage) {
  const images = JSON.parse(stage.dataset.images);
  const draw = async (page) => {
    const image = element("img", { src: images[page - 1], alt: text("page_image", { page }) });
    await image.decode();
    return image;
  };
  const tallness = async (page) => {
    const image = await draw(page);
    return image.naturalHeight / image.naturalWidth;
  };
  const read = wordsRead(stage.dataset.words); // by the images themselves: no text is drawn over them
  const hits = async (page, terms) => (terms.length ? hitsInWords(terms, (await read(page))?.words ?? [], 0) : []);
  const lines = async (page) => textOf((await read(page))?.words ?? []);
  return { count: images.length, tallness, draw, hits, text: lines };
}

export async function pdfPages(stage) {
  const library = new URL(stage.dataset.library, location.href);
  const at = (name) => new URL(name, library).href;
  const pdfjs = await import(at("pdf.min.mjs"));
  pdfjs.GlobalWorkerOptions.workerSrc = at("pdf.worker.min.mjs");
  const pdf = await pdfjs.getDocument({
    url: stage.dataset.source,
    cMapUrl: at("cmaps/"),
    standardFontDataUrl: at("standard_fonts/"),
    wasmUrl: at("wasm/"),
    iccUrl: at("iccs/"),
    isEvalSupported: false, // the content security policy forbids it
    enableXfa: false,
    verbosity: 0, // a sender's odd PDF is no trouble of the page
    disableStream: true, // ranges only, and only for the pages that are looked at
    disableAutoFetch: true,
    rangeChunkSize: 1 << 18,
  }).promise;

  const tallness = async (number) => {
    const { width, height } = (await pdf.getPage(number)).getViewport({ scale: 1 });
    return height / width;
  };

  const draw = async (number, width) => {
    const page = await pdf.getPage(number);
    const natural = page.getViewport({ scale: 1 });
    const sharpness = Math.min(window.devicePixelRatio || 1, 2);
    const viewport = page.getViewport({ scale: (width / natural.width) * sharpness });
    const canvas = element("canvas", {
      width: String(Math.floor(viewport.width)),
      height: String(Math.floor(viewport.height)),
      role: "img",
      "aria-label": text("page_image", { page: number }),
    });
    await page.render({ canvas, canvasContext: canvas.getContext("2d"), viewport }).promise;
    return canvas;
  };

  const words = async (number) => {
    const page = await pdf.getPage(number);
    return (await page.getTextContent()).items;
  };

  const corrected = wordsPutRight(stage.dataset.words);

  const hits = async (number, terms) => {
    if (!terms.length) return [];
    const page = await pdf.getPage(number);
    const said = await corrected(number);
    if (said) return hitsInWords(terms, said.words, said.is_upright ? 0 : page.rotate);
    const viewport = page.getViewport({ scale: 1 });
    const all = await words(number); // white space between two runs is one of its own
    const runs = all.filter(({ str }) => str.trim());
    const place = new Map(all.map((item, at) => [item, at]));
    const sameWord = (at) => place.get(runs[at]) - place.get(runs[at - 1]) === 1 && !runs[at - 1].hasEOL;
    const found = hitsIn(terms, runs.map(({ str }) => str), sameWord);
    return found.map((hit) => inLines(hit.map((part) => box(runs[part.run], part, viewport, pdfjs.Util))));
  };

  const lines = async (number) => {
    const said = await corrected(number);
    return said ? textOf(said.words) : printed(number);
  };
  const printed = async (number) => (await words(number)).map(({ str, hasEOL }) => str + (hasEOL ? "\n" : "")).join("");
  return { count: pdf.numPages, tallness, draw, hits, text: lines };
}

/** The words of a page that people put right; nothing of one whose words are all as they were read. */
function wordsPutRight(address) {
  const read = wordsRead(address);
  let numbers;
  return async (number) => {
    numbers ??= said(address);
    return (await numbers)?.pages.includes(number) ? read(number) : undefined;
  };
}

/** The words of a page with their places, as they were read or put right; nothing of what was not read. */
function wordsRead(address) {
  const known = new Map(); // of the pages asked for lately
  return (number) => {
    if (!known.has(number)) known.set(number, said(address, `?page=${number}`));
    return known.get(number);
  };
}

async function said(address, query = "") {
  if (!address) return undefined;
  const answer = await fetch(address + query, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : undefined;
}

function textOf(words) {
  return words.map(({ text: word, line }, at) => word + (words[at + 1]?.line === line ? " " : "\n")).join("");
}

function hitsInWords(terms, words, turned) {
  const found = hitsIn(terms, words.map(({ text: word }) => word));
  return found.map((hit) => rows(hit.map(({ run }) => words[run])).map((row) => turnedBox(around(row), turned)));
}

function rows(words) {
  const found = [];
  for (const word of words) {
    if (found.at(-1)?.[0].line === word.line) found.at(-1).push(word);
    else found.push([word]);
  }
  return found;
}

/** Boxes that lie beside each other, across or down the page, as one of each line. */
function inLines(boxes) {
  const found = [];
  for (const one of boxes) {
    const before = found.at(-1);
    if (before && (goesOn(before, one, "x", "y", "width", "height") || goesOn(before, one, "y", "x", "height", "width"))) {
      found[found.length - 1] = around([before, one]);
    } else found.push(one);
  }
  return found;
}

function goesOn(before, one, along, across, length, thickness) {
  const gap = Math.max(before[along], one[along]) - Math.min(before[along] + before[length], one[along] + one[length]);
  return Math.abs(before[across] - one[across]) < one[thickness] / 2 && gap < one[thickness] / 2;
}

function around(boxes) {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** A box of the page as it lies in its file, on the page turned clockwise. */
function turnedBox({ x, y, width, height }, degrees) {
  if (degrees === 90) return { x: 1 - y - height, y: x, width: height, height: width };
  if (degrees === 180) return { x: 1 - x - width, y: 1 - y - height, width, height };
  if (degrees === 270) return { x: y, y: 1 - x - width, width: height, height: width };
  return { x, y, width, height };
}

const ruler = element("canvas").getContext("2d");

/** A stretch of one run of text, which may run any way, as fractions of the page; a like font measures the letters. */
function box(item, { from, to }, viewport, util) {
  const [a, b, c, d, left, top] = util.transform(viewport.transform, item.transform);
  const height = Math.hypot(item.transform[2], item.transform[3]) || item.height;
  const along = unit(a, b);
  const up = unit(c, d);
  const corners = [from, to].flatMap((letters) =>
    [-0.15 * height, height].map((rise) => {
      const run = item.width * share(item.str, letters);
      return [left + along[0] * run + up[0] * rise, top + along[1] * run + up[1] * rise];
    }),
  );
  const [x, right] = ends(corners.map(([across]) => across / viewport.width));
  const [y, bottom] = ends(corners.map(([, down]) => down / viewport.height));
  return { x, y, width: right - x, height: bottom - y };
}

function unit(x, y) {
  const length = Math.hypot(x, y) || 1;
  return [x / length, y / length];
}

function ends(numbers) {
  return [Math.min(...numbers), Math.max(...numbers)];
}

/** How much of a run's width its first letters take. */
function share(run, letters) {
  ruler.font = "100px Tinos, 'Times New Roman', 'Liberation Serif', serif";
  return ruler.measureText(run.slice(0, letters)).width / ruler.measureText(run).width;
}
