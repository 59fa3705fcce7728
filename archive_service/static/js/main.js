// Starts what the page at hand needs; every module works on its own and leaves other pages alone.
import { startDays } from "./days.js";
import { startDialogs } from "./dialog.js";
import { startFields } from "./fields.js";
import { startKeys } from "./keys.js";
import { startLists } from "./lists.js";
import { startPalette } from "./palette.js";
import { startPasskeys } from "./passkeys.js";
import { startRelease } from "./release.js";
import { startResults } from "./results.js";
import { startSignInAgain } from "./sign_in_again.js";
import { startSuggestions } from "./suggest.js";

// A page that answers a form: reloaded, the page of the form is asked for, and nothing is sent twice.
const { reloadAt } = document.body.dataset;
if (reloadAt) history.replaceState(history.state, "", reloadAt);

startDays();
startDialogs();
startFields();
startLists();
startPalette();
startPasskeys();
startResults();
startKeys();
startRelease();
startSignInAgain();
startSuggestions();

if (document.querySelector("[data-viewer]")) {
  const { startViewer } = await import("./viewer.js");
  const { startReading } = await import("./reading.js");
  startViewer().forEach(startReading);
}
if (document.querySelector("[data-upload]")) {
  const { startUpload } = await import("./upload.js");
  startUpload();
}
if (document.querySelector("[data-batch], [data-word-form], [data-reloads]")) {
  const { startScanning } = await import("./scanning.js");
  startScanning();
}
if (document.querySelector("[data-copy-words]")) {
  const { startCopying } = await import("./copy_words.js");
  startCopying();
}
if (document.querySelector("[data-draft]")) {
  const { startDraft } = await import("./draft.js");
  startDraft();
}
if (document.querySelector("[data-check-copy]")) {
  const { startCheck } = await import("./check_copy.js");
  startCheck();
}
if (document.querySelector("[data-redact]")) {
  const { startRedaction } = await import("./redaction.js");
  startRedaction();
}
if (document.querySelector("[data-describe]")) {
  const { startDescribe } = await import("./describe.js");
  startDescribe();
}
if (document.querySelector("[data-plan]")) {
  const { startPlan } = await import("./plan.js");
  startPlan();
}
if (document.querySelector("#desk-claim")) {
  const { startClaim } = await import("./claim.js");
  startClaim();
}
document.documentElement.dataset.started = ""; // keys and presses are heard from here on
