// The exact time of an instant in a list, as a tooltip: the server has sent it with the offset of the zone, nothing is computed here.

import { closest } from "./dom.js";

/** @param {HTMLElement} table */
export function watchTimes(table) {
  table.addEventListener("pointerover", (event) => {
    const time = closest(event.target, "time", HTMLTimeElement);
    if (time && time.title === "") time.title = time.dateTime.replace("T", " ").replace("Z", " UTC");
  });
}
