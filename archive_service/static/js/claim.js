// A submission that is open at the desk is free for others as soon as its page closes.
export function startClaim() {
  window.addEventListener("pagehide", () => {
    const { claimedAt, leave, token } = document.getElementById("desk-claim")?.dataset ?? {};
    if (!claimedAt) return; // another person has it
    const told = new FormData();
    told.append("csrf_token", token);
    told.append("until", claimedAt);
    navigator.sendBeacon(leave, told); // the one request that outlives its page
  });
}
