// The admin works without scripts. With them it is quicker: each module looks after one thing and starts from here.

import { watchFilters, watchPopover } from "./filters.js";
import { watchForms } from "./forms.js";
import { watchKeyboard } from "./keyboard.js";
import { watchPalette } from "./palette.js";
import { watchSelection } from "./selection.js";
import { watchSidebar } from "./sidebar.js";
import { watchTheme } from "./theme.js";

document.documentElement.classList.add("scripted");
document.querySelectorAll("#theme-form").forEach(watchTheme);
document.querySelectorAll("#nav-sidebar").forEach(watchSidebar);
document.querySelectorAll("#changelist-form").forEach(watchSelection);
document.querySelectorAll("#filter-form").forEach(watchFilters);
document.querySelectorAll(".popover").forEach(watchPopover);
watchForms();
watchKeyboard();
watchPalette();
document.querySelector("form:not(.object-form) .errors :is(input, select, textarea)")?.focus();
