// Files and folders that are dropped: on one row of a list, or anywhere else on the page.

const carries = (event) => event.dataTransfer?.types.includes("Files");

/** Gives `add` each file that is dropped on `area`, with its path; rows come before the page. */
export function takeDrops(area, add) {
  if (area === document) coverWhileDragged();
  else markWhileOver(area);
  area.addEventListener("drop", async (event) => {
    if (!carries(event) || event.defaultPrevented) return;
    event.preventDefault();
    // A file that another program carries has no entry: a mail client's attachment, say.
    const carried = [...event.dataTransfer.items].map((item) => [item.webkitGetAsEntry(), item.getAsFile()]);
    const found = carried.map(([entry, file]) => (entry ? filesOf(entry) : file ? [{ file, path: file.name }] : []));
    add((await Promise.all(found)).flat());
  });
}

/** Says that files may be let go; they are never opened in place of the page. */
function coverWhileDragged() {
  const cover = document.querySelector("[data-drop-cover]");
  let depth = 0;
  const show = () => cover?.classList.toggle("on", depth > 0);
  document.addEventListener("dragenter", (event) => {
    if (carries(event)) depth += 1;
    show();
  });
  document.addEventListener("dragleave", (event) => {
    if (carries(event)) depth = Math.max(0, depth - 1);
    show();
  });
  document.addEventListener("dragover", (event) => {
    if (carries(event)) event.preventDefault();
  });
  document.addEventListener("drop", () => {
    depth = 0;
    show();
  });
}

function markWhileOver(row) {
  const mark = (on) => row.classList.toggle("drop-on", on);
  row.addEventListener("dragover", (event) => mark(carries(event)));
  row.addEventListener("dragleave", (event) => mark(row.contains(event.relatedTarget)));
  row.addEventListener("drop", () => mark(false));
}

/** Every file below a dropped file or folder, with its path. */
async function filesOf(entry) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path }];
  }
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    // readEntries gives at most a hundred at a time, and an empty list at the end.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map(filesOf))).flat();
}
