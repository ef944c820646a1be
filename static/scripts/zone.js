// An account without a time zone is shown times in UTC. Where the browser is in another zone, the page offers that one, until its
// user takes it or keeps UTC, which this browser remembers.

import { all, need } from "./dom.js";

const KEY = "sla-monitor.zone-offer";
const UTC = [
  "UTC",
  "GMT",
  "Etc/UTC",
  "Etc/GMT",
  "Etc/UCT",
  "Etc/Universal",
  "Etc/Zulu",
  "Etc/Greenwich",
  "UCT",
  "Universal",
  "Zulu",
];

// Without storage the zone is offered again on the next page.
/** @param {string} key */
function isDismissed(key) {
  try {
    return localStorage.getItem(key) === "off";
  } catch {
    return false;
  }
}

/** @param {string} key */
function dismiss(key) {
  try {
    localStorage.setItem(key, "off");
  } catch {
    /* see above */
  }
}

/** @param {HTMLElement} offer */
export function watchZoneOffer(offer) {
  const key = `${KEY}.${document.body.dataset.user}`;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || UTC.includes(zone) || isDismissed(key)) return;
  need(offer, "[name=timezone]", HTMLButtonElement).value = zone;
  all(offer, ".zone").forEach((part) => {
    part.textContent = zone;
  });
  need(offer, ".dismiss").addEventListener("click", () => {
    dismiss(key);
    offer.hidden = true;
    document.getElementById("zone-link")?.focus();
  });
  offer.hidden = false;
}
