// The admin works without scripts; with them it is faster. Each module handles one concern and is started here.

import { focusApplied, watchApplying } from "./applying.js";
import { watchCarried } from "./carried.js";
import { watchCopying } from "./copying.js";
import { all, find } from "./dom.js";
import { watchFilters, watchPopover } from "./filters.js";
import { watchForms } from "./forms.js";
import { watchKept } from "./kept.js";
import { watchKeyboard } from "./keyboard.js";
import { watchPalette } from "./palette.js";
import { watchSelection } from "./selection.js";
import { watchSidebar } from "./sidebar.js";
import { watchTheme } from "./theme.js";
import { watchGrouping, watchTimeline } from "./timeline.js";
import { watchTimes } from "./times.js";
import { watchZoneOffer } from "./zone.js";

// Forms of objects focus their own errors. On other pages the first control with an error gets the focus, or else the error note.
function focusError() {
  const controls = ":is(input:not([type=hidden]), select:not([hidden]), textarea)";
  const wrong =
    find(document, `form:not(.object-form) .errors ${controls}[aria-invalid=true]`) ??
    find(document, `form:not(.object-form) .errors ${controls}`) ??
    find(document, "body:is(.bulk-change, .import) main .errornote");
  if (wrong?.matches(".errornote")) wrong.tabIndex = -1;
  wrong?.focus();
}

document.documentElement.classList.add("scripted");
all(document, "#theme-form", HTMLFormElement).forEach(watchTheme);
all(document, "#zone-offer").forEach(watchZoneOffer);
all(document, "#nav-sidebar").forEach(watchSidebar);
all(document, "#changelist-form", HTMLFormElement).forEach(watchSelection);
all(document, "#result_list").forEach(watchTimes);
all(document, "#filter-form", HTMLFormElement).forEach(watchFilters);
all(document, "#timeline", HTMLTableElement).forEach(watchTimeline);
all(document, ".timeline-form", HTMLFormElement).forEach(watchGrouping);
all(document, "input[data-applies]", HTMLInputElement).forEach((input) => watchApplying(input));
all(document, "#page-options", HTMLFormElement).forEach(watchCarried);
all(document, ".popover, .user-menu", HTMLDetailsElement).forEach(watchPopover);
all(document, "button.copy", HTMLButtonElement).forEach(watchCopying);
watchForms();
watchKept();
watchKeyboard();
watchPalette();
focusApplied();
focusError();
