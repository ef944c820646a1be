// The admin works without scripts. With them it is quicker: each module looks after one thing and starts from here.

import { watchChoices } from "./choices.js";
import { watchKeyboard } from "./keyboard.js";
import { watchPalette } from "./palette.js";
import { watchRows } from "./rows.js";
import { watchSelection } from "./selection.js";
import { watchSidebar } from "./sidebar.js";
import { watchTheme } from "./theme.js";

document.documentElement.classList.add("scripted");
document.querySelectorAll("#theme-form").forEach(watchTheme);
document.querySelectorAll("#nav-sidebar").forEach(watchSidebar);
document.querySelectorAll("#changelist-form").forEach(watchSelection);
document.querySelectorAll(".js-inline-admin-formset").forEach(watchRows);
document.querySelectorAll(".many-select select").forEach(watchChoices);
watchKeyboard();
watchPalette();
document.querySelector(".errors input, .errors select, .errors textarea")?.focus();
