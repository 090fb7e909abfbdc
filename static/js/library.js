// The library: filters fold away on narrow screens, and what changed is read aloud.

const narrow = matchMedia("(max-width: 52rem)");
let isUnfolded = false;

function settleFilters() {
  const filters = document.getElementById("filters");
  if (!filters) return;
  filters.open = !narrow.matches || isUnfolded;
  filters.dataset.ready = "";
  filters.addEventListener("toggle", () => {
    if (narrow.matches) isUnfolded = filters.open;
  });
}

settleFilters();
narrow.addEventListener("change", settleFilters);

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "library") return;
  settleFilters();
  const isPoll = event.detail.requestConfig.elt.hasAttribute("data-poll");
  const count = document.getElementById("count");
  if (isPoll || !count) return;
  document.dispatchEvent(new CustomEvent("bromo:announce", { detail: count.textContent }));
  if (document.activeElement === document.body) {
    document.getElementById("main").focus({ preventScroll: true });
  }
});
