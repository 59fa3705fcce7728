// Where a file goes on that broke off in another browser or on another machine.
import { text } from "./words.js";

const STRETCH_BYTES = 32 * 1024 * 1024;

/** What the server keeps of files that broke off on their way into a draft. */
export async function brokenOff(form) {
  const asked = new URLSearchParams({ into: form.dataset.uploadInto });
  const answer = await fetch(`${form.dataset.upload}?${asked}`);
  return answer.ok ? (await answer.json()).uploads : [];
}

/**
 * The address at which a file goes on, or nothing: it is sent from its beginning then.
 *
 * A name and a size do not make two files one, and the time of change is another after a copy. So
 * it goes on only where every byte that the server has is the file's own at its place: both
 * sides tell the SHA-256 of each stretch. Of several the longest one is gone on with.
 */
export async function earlierUpload(form, entry, uploads) {
  if (!window.crypto.subtle) return null; // the browser has it over HTTPS alone
  const alike = uploads.filter(({ name, size, received }) => received && name.normalize() === entry.path.normalize() && size === entry.file.size);
  alike.sort((one, other) => other.received - one.received);
  for (const upload of alike) {
    const address = `${form.dataset.upload}/${upload.id}`;
    if (await isBegin(entry, address, upload.received)) return address;
  }
  return null;
}

async function isBegin(entry, address, received) {
  for (let offset = 0; offset < received; offset += STRETCH_BYTES) {
    entry.line.state.textContent = text("comparing", { percent: Math.floor((100 * offset) / received) });
    const length = Math.min(STRETCH_BYTES, received - offset);
    const answer = await fetch(`${address}/sha256?${new URLSearchParams({ offset, length })}`);
    if (!answer.ok) return false;
    const own = await sha256(entry.file.slice(offset, offset + length));
    if ((await answer.json()).sha256 !== own) return false;
  }
  return true;
}

async function sha256(part) {
  const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", await part.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Those that broke off, as the page lists them: each can be forgotten. */
export function listBrokenOff(form) {
  for (const button of form.querySelectorAll("[data-forget]")) {
    button.addEventListener("click", async () => {
      const answer = await fetch(`${form.dataset.upload}/${button.dataset.forget}`, {
        method: "DELETE",
        headers: { "X-CSRFToken": form.elements.csrf_token.value },
      });
      if (answer.ok || answer.status === 404) leavesList(form, button.dataset.forget);
    });
  }
}

/** It is on its way again, or forgotten. */
export function leavesList(form, upload) {
  form.querySelector(`[data-unfinished="${upload}"]`)?.remove();
  if (!form.querySelector("[data-unfinished]")) form.querySelector("#unfinished")?.remove();
}
