// The admin works without scripts. With them it is quicker: each module looks after one thing and starts from here.

import { watchFilters, watchPopover } from "./filters.js";
import { watchForms } from "./forms.js";
import { watchKept } from "./kept.js";
import { watchKeyboard } from "./keyboard.js";
import { watchPalette } from "./palette.js";
import { watchSelection } from "./selection.js";
import { watchSidebar } from "./sidebar.js";
import { watchTheme } from "./theme.js";
import { watchZoneOffer } from "./zone.js";

// Forms of objects show their own errors. Elsewhere the first control with one gets the focus, or else what is said above all.
function focusError() {
  const controls = ":is(input:not([type=hidden]), select:not([hidden]), textarea)";
  const wrong =
    document.querySelector(`form:not(.object-form) .errors ${controls}[aria-invalid=true]`) ??
    document.querySelector(`form:not(.object-form) .errors ${controls}`) ??
    document.querySelector("body:is(.bulk-change, .import) main .errornote");
  if (wrong?.matches(".errornote")) wrong.tabIndex = -1;
  wrong?.focus();
}

document.documentElement.classList.add("scripted");
document.querySelectorAll("#theme-form").forEach(watchTheme);
document.querySelectorAll("#zone-offer").forEach(watchZoneOffer);
document.querySelectorAll("#nav-sidebar").forEach(watchSidebar);
document.querySelectorAll("#changelist-form").forEach(watchSelection);
document.querySelectorAll("#filter-form").forEach(watchFilters);
document.querySelectorAll(".popover").forEach(watchPopover);
watchForms();
watchKept();
watchKeyboard();
watchPalette();
focusError();
