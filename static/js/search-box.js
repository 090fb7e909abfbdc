// The search of the header, a combobox: suggestions below it while one types. The focus stays in the
// field; the arrow keys move through the suggestions, Enter follows the one they are at.

const form = document.getElementById("search");

if (form) {
  const input = document.getElementById("search-input");
  const panel = document.getElementById("search-panel");
  const options = () => Array.from(panel.querySelectorAll("[role=option]"));
  let active = null;
  let text = scope()?.dataset.text;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", "search-options");
  input.setAttribute("aria-expanded", "false");

  // What is searched in, as the library says it; other pages search everything.
  function scope() {
    return document.getElementById("search-scope");
  }

  // What is being typed stays, unless the library was asked for other words meanwhile.
  function follow() {
    const { action, placeholder, text: asked } = scope().dataset;
    form.setAttribute("action", action);
    input.placeholder = placeholder;
    if (asked !== text) input.value = asked;
    text = asked;
    hide();
    panel.replaceChildren();
  }

  function activate(option) {
    active?.removeAttribute("aria-selected");
    active = option ?? null;
    active?.setAttribute("aria-selected", "true");
    active?.scrollIntoView({ block: "nearest" });
    if (active) input.setAttribute("aria-activedescendant", active.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function show() {
    panel.hidden = !input.value.trim() || !panel.childElementCount;
    input.setAttribute("aria-expanded", String(!panel.hidden && options().length > 0));
  }

  function hide() {
    activate(null);
    panel.hidden = true;
    input.setAttribute("aria-expanded", "false");
  }

  // One step past either end leads back into the field.
  function move(step) {
    const stops = [null, ...options()];
    activate(stops[(stops.indexOf(active) + step + stops.length) % stops.length]);
  }

  input.addEventListener("focus", show);
  input.addEventListener("input", () => {
    activate(null);
    if (!input.value.trim()) hide();
  });

  panel.addEventListener("htmx:afterSwap", () => {
    activate(null);
    if (!form.contains(document.activeElement)) return;
    show();
    const found = panel.querySelector("[data-found]")?.dataset.found;
    if (found === undefined) return;
    const count = options().length;
    const suggestions = count === 1 ? "1 suggestion" : `${count} suggestions`;
    const assets = found === "1" ? "1 asset found" : `${found} assets found`;
    const detail = count ? `${assets}, ${suggestions}` : "Nothing found";
    document.dispatchEvent(new CustomEvent("bromo:announce", { detail }));
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const isPoll = event.detail.requestConfig?.elt.hasAttribute("data-poll");
    if (event.detail.target.id === "library" && !isPoll) follow();
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      hide();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (panel.hidden) show();
      if (panel.hidden) return;
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active) {
      event.preventDefault();
      active.click();
    }
  });

  // The field keeps the focus while one points at suggestions.
  panel.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse") event.preventDefault();
  });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget)) hide();
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) hide();
  });
  form.addEventListener("submit", (event) => {
    // Where something is picked, no words are all that has it.
    if (!input.value.trim() && !text) event.preventDefault();
  });
}
