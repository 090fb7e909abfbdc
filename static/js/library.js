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

// What was folded when htmx gave the focus back could not take it then.
function settleFocus() {
  for (const id of [focusedId, "main"]) {
    if (document.activeElement !== document.body) return;
    document.getElementById(id)?.focus({ preventScroll: true });
  }
}

settleFilters();
narrow.addEventListener("change", settleFilters);

document.addEventListener("htmx:beforeSwap", () => {
  focusedId = document.activeElement?.id ?? "";
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
