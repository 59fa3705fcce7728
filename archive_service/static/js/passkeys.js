// Passkeys (WebAuthn): made for one's own account, and shown in place of a code of the second factor.

const toBytes = (told) => Uint8Array.from(atob(told.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

export function startPasskeys() {
  for (const form of document.querySelectorAll("[data-passkey-make]")) {
    form.querySelector("[data-passkey-button]").addEventListener("click", () => tried(form, () => make(form)));
  }
  document.addEventListener("click", (event) => {
    const place = event.target.closest?.("[data-passkey-button]")?.closest("[data-passkey]");
    if (place) tried(place, () => show(place)); // in the sign-in over a page as well, which comes later
  });
}

/** A browser without them, a key that nobody touched, a server that is away: told where it was asked. */
async function tried(place, ask) {
  const trouble = place.querySelector("[data-passkey-trouble]");
  trouble.textContent = "";
  try {
    if (!window.PublicKeyCredential) throw new Error("no passkeys");
    await ask();
  } catch (error) {
    const { known: twice, failed } = place.dataset; // words that no other page bears
    trouble.textContent = error.name === "InvalidStateError" ? twice : failed;
  }
}

async function make(form) {
  const asked = JSON.parse(form.dataset.passkeyMake);
  const publicKey = { ...asked, challenge: toBytes(asked.challenge), excludeCredentials: asked.excludeCredentials.map(known) };
  publicKey.user = { ...asked.user, id: toBytes(asked.user.id) };
  const made = await navigator.credentials.create({ publicKey });
  form.elements.made.value = told(made, { attestationObject: made.response.attestationObject });
  form.submit();
}

async function show(place) {
  const form = place.closest("form");
  form.querySelector("[data-passkey-answer]")?.remove(); // of a press before, which was not sent
  const asked = JSON.parse(place.dataset.question || (await question(place, form)));
  const publicKey = { ...asked, challenge: toBytes(asked.challenge), allowCredentials: asked.allowCredentials.map(known) };
  const shown = await navigator.credentials.get({ publicKey });
  const { authenticatorData, signature, userHandle } = shown.response;
  const answer = told(shown, { authenticatorData, signature, ...(userHandle ? { userHandle } : {}) });
  const typed = form.elements[place.dataset.passkey];
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: typed.name, value: answer });
  typed.disabled = true; // what is sent is the answer alone
  field.dataset.passkeyAnswer = "";
  typed.after(field);
  form.requestSubmit();
}

async function question(place, form) {
  const headers = { "X-CSRFToken": form.elements.csrf_token.value };
  const answer = await fetch(place.dataset.asks, { method: "POST", headers, cache: "no-store" });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

const known = (one) => ({ ...one, id: toBytes(one.id) });

function told(key, parts) {
  const { clientDataJSON } = key.response;
  const response = Object.fromEntries(Object.entries({ clientDataJSON, ...parts }).map(([name, bytes]) => [name, toText(bytes)]));
  return JSON.stringify({ id: key.id, rawId: toText(key.rawId), type: key.type, response });
}
