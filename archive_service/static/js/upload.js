// Files and folders from the officer's desk into staging: resumable, in pieces, with progress.
import { takeDrops } from "./drops.js";
import { renew } from "./sign_in_again.js";
import { brokenOff, earlierUpload, leavesList, listBrokenOff } from "./upload_earlier.js";
import { element, icon, size, text } from "./words.js";

const PIECE_BYTES = 8 * 1024 * 1024;
const AT_ONCE = 2;
const TOGETHER = 100; // files that one request puts into a draft
const PAUSE_MS = 1000; // between two such requests, while more are on their way
const DROPPED = "archive.dropped";

export function startUpload() {
  for (const form of document.querySelectorAll("[data-upload]")) new Upload(form);
}

class Upload {
  constructor(form) {
    this.form = form;
    const row = form.closest("[data-takes-drops]");
    this.list = (row ?? form).querySelector("[data-upload-list]");
    this.told = (row ?? form).querySelector("[data-upload-told]");
    this.submit = form.querySelector("[data-upload-submit]");
    this.waiting = [];
    this.files = new Map();
    this.kept = `${DROPPED}:${form.dataset.uploadTake}`; // how many were dropped, should the page be left
    this.running = 0;
    this.arrivals = []; // whole on the server, and not in the draft yet
    this.taking = false;
    this.tookAt = 0;
    this.unheard = null; // until somebody has signed in again
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => this.choose(input));
    }
    for (const row of this.list.querySelectorAll("[data-uploaded]")) this.adopt(row);
    listBrokenOff(form);
    takeDrops(row ?? document, (files) => this.add(files));
    window.addEventListener("beforeunload", (event) => {
      if (this.running || this.waiting.length || this.arrivals.length || this.taking) event.preventDefault();
    });
    this.tell();
    for (const input of form.querySelectorAll("input[type=file]")) this.choose(input); // before this ran
  }

  choose(input) {
    if (!input.files.length) return;
    this.add([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    input.value = "";
  }

  /** A file that is here already: an earlier try of the form brought it. */
  adopt(row) {
    const { uploaded: path, size: bytes } = row.dataset;
    const head = row.firstElementChild;
    const entry = { file: { size: Number(bytes) }, path, line: { row, head }, state: "done", sent: Number(bytes), refused: "refused" in row.dataset };
    this.files.set(path, entry);
    if (!this.form.dataset.uploadTake) head.append(this.remover(entry));
  }

  add(files) {
    if (files.length) this.lookForBrokenOff();
    for (const { file, path: given } of files) {
      const path = this.placeOf(file, given);
      if (path === null) continue;
      const replaces = this.files.get(path)?.refused ?? false;
      const line = this.line(path, file.size);
      this.files.set(path, { file, path, line, state: "waiting", sent: 0, replaces });
      this.waiting.push(path);
    }
    this.next();
  }

  lookForBrokenOff() {
    this.brokenOff = this.form.dataset.uploadInto ? brokenOff(this.form).catch(() => []) : [];
  }

  /**
   * The path of a file here: another one of the same name gets a number; none for the same again.
   * In the place of one that was refused the next one stands, and of one that a draft has taken:
   * it may be out of the draft again, and the server takes the same bytes once.
   */
  placeOf(file, given) {
    for (let number = 1; ; number += 1) {
      const path = number === 1 ? given : given.replace(/(\.[^./]*)?$/, ` (${number})$1`);
      const there = this.files.get(path);
      const gone = there?.state === "done" && this.form.dataset.uploadInto && there.file.size === file.size;
      if (!there || there.state === "failed" || there.refused || gone) return path;
      const moment = there.file.lastModified ?? file.lastModified;
      if (there.file.size === file.size && moment === file.lastModified) return null;
    }
  }

  line(path, bytes) {
    const bar = element("progress", { max: String(Math.max(bytes, 1)), value: "0", "aria-label": path });
    const state = element("span", { class: "muted nowrap" }, size(bytes));
    const head = element("div", { class: "row-x between small" }, element("span", { class: "grow" }, path), state);
    const row = element("li", {}, head, bar);
    this.files.get(path)?.line.row.replaceWith(row);
    if (!row.isConnected) this.list.append(row);
    return { row, bar, state, head };
  }

  next() {
    while (!this.unheard && this.running < AT_ONCE && this.waiting.length && this.arrivals.length < TOGETHER) this.send(this.files.get(this.waiting.shift()));
    this.tell();
  }

  send(entry) {
    this.running += 1;
    entry.state = "running";
    const upload = new window.tus.Upload(entry.file, {
      endpoint: this.form.dataset.upload,
      chunkSize: PIECE_BYTES,
      retryDelays: [0, 1000, 3000, 10000, 30000],
      removeFingerprintOnSuccess: true,
      headers: { "X-CSRFToken": this.form.elements.csrf_token.value },
      onProgress: (sent) => this.moved(entry, sent),
      onSuccess: () => this.arrived(entry, upload.url),
      onError: (error) => this.broke(entry, error),
    });
    this.begin(entry, upload);
  }

  broke(entry, error) {
    const answer = error.originalResponse;
    if (answer && isUnheard(answer.getStatus(), answer.getBody())) {
      entry.state = "waiting";
      this.waiting.unshift(entry.path);
      this.signedIn();
    } else this.failed(entry, error);
    this.ended();
  }

  /** Once somebody has signed in over the page: nothing is sent before, and nothing fails by it. */
  signedIn() {
    this.unheard ??= new Promise((resolve) => {
      const goOn = () => {
        this.unheard = null;
        resolve();
        this.next();
      };
      document.addEventListener("signed-in-again", goOn, { once: true });
      renew().catch(() => {}); // closed: the line above the list asks again
    });
    return this.unheard;
  }

  /** This browser knows where it was; else the server may, if another one began it. */
  async begin(entry, upload) {
    if ("uploadBegins" in this.form.dataset) {
      this.begun ??= this.open();
      try {
        await this.begun;
      } catch {
        this.begun = null; // tried again with the next
        this.failed(entry, null);
        this.ended();
        return;
      }
    }
    upload.options.metadata = this.metadata(entry);
    const [earlier] = await upload.findPreviousUploads();
    const address = earlier ? earlier.uploadUrl : await earlierUpload(this.form, entry, await this.brokenOff).catch(() => null);
    if (earlier) upload.resumeFromPreviousUpload(earlier);
    else if (address) upload.options.uploadUrl = address;
    if (address) leavesList(this.form, address.split("/").pop());
    upload.start();
  }

  /** What the files go into is begun by the first of them, as the form's own button would. */
  async open() {
    const answer = await fetch(this.form.action, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": this.form.elements.csrf_token.value },
      body: new FormData(this.form),
    });
    if (isUnheard(answer.status, await answer.clone().text())) {
      await this.signedIn();
      return this.open();
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const { id, take } = await answer.json();
    this.form.dataset.uploadTake = take;
    this.form.dataset.uploadInto = id;
    this.form.querySelector("[type=submit]").textContent = this.form.dataset.uploadBegins;
    this.lookForBrokenOff();
  }

  /** With `data-upload-into` the server knows what a file is for, should nobody be here when it has arrived. */
  metadata(entry) {
    const { uploadInto: into } = this.form.dataset;
    return { filename: entry.file.name, path: entry.path, ...(into ? { into } : {}) };
  }

  moved(entry, sent) {
    entry.sent = sent;
    entry.line.bar.value = sent;
    entry.line.state.textContent = `${size(sent)} / ${size(entry.file.size)}`;
    this.tell();
  }

  /** All of it is there: the form names it when it is sent, or what it belongs to takes it at once. */
  arrived(entry, address) {
    const upload = address.split("/").pop();
    if (this.form.dataset.uploadInto) {
      this.arrivals.push({ entry, upload });
      this.ended();
      this.takeArrivals();
      return;
    }
    if (this.form.dataset.uploadTake) {
      this.take(entry, upload);
      return;
    }
    const field = (name, value) => element("input", { type: "hidden", name, value });
    entry.line.row.append(field("upload", upload), field("path", entry.path));
    entry.line.head.append(this.remover(entry));
    this.done(entry);
    this.ended();
  }

  /** Its place is free for the next to be sent. */
  ended() {
    this.running -= 1;
    this.next();
  }

  /**
   * A draft takes all that have arrived by one request: it writes its list once for them. One
   * request at a time; of more to come it waits a moment for some. The server knows of each what
   * it is for, should this page be gone before.
   */
  async takeArrivals() {
    if (this.taking || !this.arrivals.length) return;
    this.taking = true;
    const wait = this.running || this.waiting.length ? this.tookAt + PAUSE_MS - Date.now() : 0;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const some = this.arrivals.splice(0, TOGETHER);
    const uploads = some.map(({ entry, upload }) => ({ upload, name: entry.path }));
    const { told, taken, status } = await this.ask({ uploads });
    if (status === 404 && !told?.refused) this.begun = null; // the draft is gone: the next try begins another
    for (const { entry } of some) {
      const refused = told?.refused?.find(({ place }) => place === entry.path) ?? (taken ? null : told ?? {});
      if (refused) this.failed(entry, null, [refused.message, refused.remedy].filter(Boolean).join(" "));
      else this.done(entry);
    }
    this.taking = false;
    this.tookAt = Date.now();
    this.takeArrivals();
    this.next();
  }

  async take(entry, upload) {
    const { told, taken } = await this.ask({ upload, name: entry.path, replace: entry.replaces });
    const refused = told?.refused?.find(({ place }) => place === entry.path);
    if (taken) this.done(entry);
    else this.failed(entry, null, [told?.message, told?.remedy].filter(Boolean).join(" "));
    if (taken && refused) this.tellRefused(entry, `${refused.message} ${refused.remedy}`);
    this.ended();
  }

  /** What the server says of uploads that it is to take; a status of 0 where it does not answer. */
  async ask(what) {
    try {
      const answer = await fetch(this.form.dataset.uploadTake, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "Accept-Language": document.documentElement.lang,
          "X-CSRFToken": this.form.elements.csrf_token.value,
        },
        body: JSON.stringify(what),
      });
      if (isUnheard(answer.status, await answer.clone().text())) {
        await this.signedIn();
        return this.ask(what);
      }
      const told = await answer.json().catch(() => null);
      return { told, taken: answer.ok && told !== null, status: answer.status };
    } catch {
      return { told: null, taken: false, status: 0 };
    }
  }

  tellRefused(entry, words) {
    entry.refused = true;
    entry.line.state.replaceChildren(icon("x-octagon-fill", "t-error"), ` ${size(entry.file.size)}`);
    entry.line.row.append(element("p", { class: "t-error small mb-0" }, words));
    this.tell();
  }

  done(entry) {
    entry.state = "done";
    entry.sent = entry.file.size;
    entry.line.bar.remove();
    entry.line.state.replaceChildren(icon("check-lg", "t-ok"), ` ${size(entry.file.size)}`);
    if (this.form.dataset.uploadInto) {
      entry.line.row.remove(); // the list of documents shows it from here on
      this.form.dispatchEvent(new CustomEvent("upload-taken", { bubbles: true }));
    }
  }

  failed(entry, error, words = "") {
    entry.state = "failed";
    const status = error?.originalResponse?.getStatus();
    const told = words || text(status === 413 ? "too_large" : "upload_failed");
    const said = element("span", { class: "t-error small" }, told);
    const again = element("button", { class: "btn btn-quiet btn-sm", type: "button" }, text("again"));
    again.addEventListener("click", () => {
      again.remove();
      said.remove();
      this.waiting.push(entry.path);
      this.next();
    });
    entry.line.row.append(said, again);
    entry.line.head.append(this.remover(entry));
  }

  remover(entry) {
    const button = element("button", {
      class: "btn btn-quiet btn-sm btn-icon",
      type: "button",
      "aria-label": text("remove", { name: entry.path }),
    });
    button.append(icon("x-lg"));
    button.addEventListener("click", () => {
      entry.line.row.remove();
      document.querySelector(`[data-document="${CSS.escape(entry.path)}"]`)?.remove();
      this.files.delete(entry.path);
      if (this.form.dataset.uploadTake) sessionStorage.setItem(this.kept, this.dropped() - 1);
      this.tell();
    });
    return button;
  }

  /** Says how far it is, and lets the form go once all are there. */
  tell() {
    const entries = [...this.files.values()];
    const done = entries.filter(({ state }) => state === "done").length;
    const sent = entries.reduce((sum, entry) => sum + entry.sent, 0);
    const whole = entries.reduce((sum, entry) => sum + entry.file.size, 0);
    const facts = { done, count: entries.length, sent: size(sent), size: size(whole) };
    if (this.unheard) {
      this.tellUnheard();
      return;
    }
    const ended = this.form.dataset.uploadTake ? this.taken(entries) : ["all_sent", {}];
    if (entries.length === 0 && "uploadBegins" in this.form.dataset) {
      this.told.textContent = "";
      return;
    }
    const [key, more] = entries.length === 0 ? [this.form.dataset.uploadInto ? "none_now" : "none_yet", {}] : done < entries.length ? ["sending", {}] : ended;
    this.told.textContent = text(key, { ...facts, ...more });
    const complete = entries.length > 0 && done === entries.length;
    this.submit?.setAttribute("aria-disabled", String(!complete));
    if (complete && "uploadSends" in this.form.dataset) this.form.requestSubmit();
  }

  tellUnheard() {
    const again = element("button", { class: "btn btn-secondary btn-sm", type: "button" }, text("sign_in_to_send"));
    again.addEventListener("click", () => renew().catch(() => {}));
    this.told.replaceChildren(`${text("sending_waits")} `, again);
  }

  /** What came into what takes it: without those refused, and out of how many that this tab knows of. */
  taken(entries) {
    const done = entries.filter(({ state, refused }) => state === "done" && !refused).length;
    if (this.form.dataset.uploadInto) return ["in_draft", { done, count: entries.length }];
    const count = Math.max(this.dropped(), entries.length);
    if (entries.length) sessionStorage.setItem(this.kept, count);
    return [done < count ? "in_batch_of" : "in_batch", { done, count }];
  }

  dropped() {
    return Number(sessionStorage.getItem(this.kept));
  }
}

/** Whether it was refused only because the session has ended, or this page grew stale. */
function isUnheard(status, words) {
  return status === 401 || (status === 403 && words.includes("form-expired"));
}
