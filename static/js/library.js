// The library: filters fold away on narrow screens, and what changed is read aloud.

const narrow = matchMedia("(max-width: 52rem)");
let isUnfolded = false;
let focusedId = "";

function settleFilters() {
  const filters = document.getElementById("filters");
  if (!filters) return;
  filters.open = !narrow.matches || isUnfolded;
  filters.dataset.ready = "";
  filters.addEventListener("toggle", () => {
    if (narrow.matches) isUnfolded = filters.open;
  });
}

// What was folded when htmx gave the focus back could not take it then; a menu closes when something
// in it was chosen, and its button takes the focus.
function settleFocus() {
  const focused = document.getElementById(focusedId);
  const menu = focused?.closest("details.menu:not([open])")?.querySelector("summary");
  for (const element of [menu ?? focused, twin(focusedId), document.getElementById("main")]) {
    if (document.activeElement !== document.body) return;
    element?.focus({ preventScroll: true });
  }
}

// A value that was excluded has no link to exclude it any more; the one to it is beside it.
function twin(id) {
  return id.startsWith("not-") ? document.getElementById(id.replace("not-", "value-")) : null;
}

// On narrow screens what was found lies far below the filters, which fold away for it.
document.addEventListener("click", (event) => {
  if (!event.target.closest("#filters-show")) return;
  event.preventDefault();
  const results = document.getElementById("results");
  document.getElementById("filters").open = false;
  results.focus({ preventScroll: true });
  results.scrollIntoView();
});

settleFilters();
narrow.addEventListener("change", settleFilters);

document.addEventListener("htmx:beforeSwap", () => {
  focusedId = document.activeElement?.id ?? "";
});

// Nobody loses an open menu, or what is being typed, to a refresh.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.hasAttribute("data-poll")) return;
  if (document.querySelector("#library details.menu[open], #library input:focus")) {
    event.preventDefault();
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "library") return;
  settleFilters();
  const isPoll = event.detail.requestConfig.elt.hasAttribute("data-poll");
  const count = document.getElementById("count");
  if (isPoll || !count) return;
  document.dispatchEvent(new CustomEvent("bromo:announce", { detail: count.textContent }));
  settleFocus();
});
