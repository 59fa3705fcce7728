// Where the terms of a search stand on a page, as the server marks them in a snippet.

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;
const Y_AS_I = /^(h|k|l|m|s|t|v|qu)y$/; // kỹ thuật and kĩ thuật are the same

/**
 * Stretches of each run of text, [from, to) in order and apart, where a term stands; a phrase may go on in the next run.
 * A term is {exact, phrases, prefix}: marked with its marks if it stands so anywhere on the page, else without.
 */
export function stretches(terms, runs) {
  const tokens = tokensOf(runs);
  const marked = runs.map(() => []);
  for (const [first, after] of terms.flatMap((term) => places(term, tokens))) {
    for (const { run, from, to } of joined(tokens.slice(first, after))) marked[run].push([from, to]);
  }
  return marked.map(apart);
}

/**
 * The same as places to go to: words marked one after the other are one place, {run, from, to} of each run it lies in.
 * A run of which ``goesOn`` is true belongs to the word of the one before: a font may lack some letters of a word.
 */
export function hitsIn(terms, runs, goesOn) {
  const tokens = tokensOf(runs, goesOn);
  const marked = new Set();
  for (const [first, after] of terms.flatMap((term) => places(term, tokens))) {
    for (let at = first; at < after; at += 1) marked.add(at);
  }
  const hits = [];
  for (const at of [...marked].sort((one, other) => one - other)) {
    if (marked.has(at - 1)) hits.at(-1).push(tokens[at]);
    else hits.push([tokens[at]]);
  }
  return hits.map(joined);
}

/** What is typed to be found in one document: its words one after the other. */
export function phraseOf(typed) {
  const exact = Array.from(typed.matchAll(WORD), ([word]) => word);
  return exact.length ? [{ exact, phrases: [exact.map(withoutMarks)], prefix: true }] : [];
}

function tokensOf(runs, goesOn = () => false) {
  const pieces = []; // runs between which no word ends
  for (const [run, letters] of runs.entries()) {
    if (run && goesOn(run)) pieces.at(-1).push({ run, letters });
    else pieces.push([{ run, letters }]);
  }
  return pieces.flatMap((piece) =>
    Array.from(piece.map(({ letters }) => letters).join("").matchAll(WORD), ({ 0: word, index }) => {
      return { parts: within(piece, index, index + word.length), exact: withMarks(word), folded: withoutMarks(word) };
    }),
  );
}

/** The stretch of each run in which letters of a piece lie. */
function within(piece, from, to) {
  let begun = 0;
  return piece.flatMap(({ run, letters }) => {
    const part = { run, from: Math.max(from - begun, 0), to: Math.min(to - begun, letters.length) };
    begun += letters.length;
    return part.from < part.to ? [part] : [];
  });
}

function places({ exact, phrases, prefix }, tokens) {
  const wanted = exact.map(withMarks);
  const isMarked = exact.some((word) => withMarks(word) !== withoutMarks(word));
  const asTyped = isMarked ? sequences(wanted, tokens, "exact", prefix) : [];
  return asTyped.length ? asTyped : phrases.flatMap((words) => sequences(words, tokens, "folded", prefix));
}

function sequences(words, tokens, form, prefix) {
  const last = words.length - 1;
  const fits = (token, at) => {
    const found = token?.[form];
    return prefix && at === last ? found?.startsWith(words[at]) : found === words[at];
  };
  const begins = tokens.flatMap((token, at) => (fits(token, 0) ? [at] : []));
  return begins.filter((at) => words.every((_, next) => fits(tokens[at + next], next))).map((at) => [at, at + words.length]);
}

/** Tokens of one run as one stretch, with what stands between them. */
function joined(tokens) {
  const found = [];
  for (const part of tokens.flatMap(({ parts }) => parts)) {
    const before = found.at(-1);
    if (before?.run === part.run) before.to = part.to;
    else found.push({ ...part });
  }
  return found;
}

function apart(ranges) {
  const found = [];
  for (const [from, to] of ranges.sort((one, other) => one[0] - other[0])) {
    const before = found.at(-1);
    if (before && from < before[1]) before[1] = Math.max(before[1], to);
    else found.push([from, to]);
  }
  return found;
}

/** Small letters with their marks, the tone last: hòa and hoà are the same. */
function withMarks(word) {
  const letters = word.toLowerCase().normalize("NFD");
  const tones = letters.match(TONES)?.join("") ?? "";
  return letters.replace(TONES, "").normalize("NFC").replace(Y_AS_I, "$1i") + tones;
}

function withoutMarks(word) {
  const letters = word.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return letters.replaceAll("đ", "d").replace(Y_AS_I, "$1i");
}
