// The page about recognition refreshes itself: without losing half a sentence, and saying so when
// it cannot.

const isOurs = (event) => event.detail.elt.id === "recognition-overview";
const alertsTold = () => document.querySelector("#alerts, #all-well")?.textContent.trim() ?? "";
let toldBefore = alertsTold();

// --- The switch: a tab that was told to stand still does so until it is told otherwise ------------

const byItself = document.getElementById("refresh-by-itself");
const KEPT = "recognition-stands-still";
document.getElementById("refresh").hidden = false;
try {
  byItself.checked = sessionStorage.getItem(KEPT) === null;
} catch {
  // It holds for this page at least.
}
byItself.addEventListener("change", () => {
  try {
    if (byItself.checked) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, "yes");
  } catch {
    // As above.
  }
});

// --- Nobody loses a reason that is being typed, or a text that is selected ---------------------

function isTyping(overview) {
  if (overview.querySelector("details[open] form:focus-within")) return true;
  const reasons = overview.querySelectorAll("details[open] input[name=reason]");
  return Array.from(reasons).some((input) => input.value);
}

function isSelecting(overview) {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(overview, true);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isOurs(event)) return;
  const overview = event.detail.elt;
  const isHeld = isTyping(overview) || isSelecting(overview);
  document.getElementById("held").hidden = !isHeld;
  if (isHeld || !byItself.checked) event.preventDefault();
});

function showStale() {
  const note = document.getElementById("stale");
  if (note) note.hidden = false;
}

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (isOurs(event)) showStale();
  });
}

// What needs a person is read aloud when it changes, the figures are not.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "recognition-overview") return;
  const told = alertsTold();
  if (told === toldBefore) return;
  toldBefore = told;
  const detail = told.replace(/\s+/g, " ");
  document.dispatchEvent(new CustomEvent("bromo:announce", { detail }));
});
