// The page about recognition refreshes itself: without losing half a sentence, and saying so when
// it cannot.

const isOurs = (event) => event.detail.elt.id === "recognition-overview";
const alertsTold = () => document.querySelector("#alerts, #all-well")?.textContent.trim() ?? "";
let toldBefore = alertsTold();

// Nobody loses a reason that is being typed.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isOurs(event)) return;
  const isTyping = document.querySelector("#recognition-overview details[open] form:focus-within");
  const reasons = document.querySelectorAll("#recognition-overview details[open] input[name=reason]");
  const isTyped = Array.from(reasons).some((input) => input.value);
  if (isTyping || isTyped) event.preventDefault();
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
