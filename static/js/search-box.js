// The search of the header: results below it while one types, within reach of the keyboard.

const form = document.getElementById("search");

if (form) {
  const input = form.querySelector("input");
  const panel = document.getElementById("search-panel");
  const links = () => Array.from(panel.querySelectorAll("a[href]")).filter((a) => a.offsetParent);

  function show() {
    panel.hidden = !input.value.trim() || !panel.childElementCount;
  }

  function hide() {
    panel.hidden = true;
  }

  function move(step) {
    const stops = [input, ...links()];
    const here = stops.indexOf(document.activeElement);
    stops[(here + step + stops.length) % stops.length].focus();
  }

  input.addEventListener("focus", show);
  input.addEventListener("input", () => {
    if (!input.value.trim()) hide();
  });

  panel.addEventListener("htmx:afterSwap", () => {
    if (!form.contains(document.activeElement)) return;
    show();
    const found = panel.querySelector("[data-found]")?.dataset.found;
    if (found === undefined) return;
    const detail = found === "1" ? "1 asset found" : `${found} assets found`;
    document.dispatchEvent(new CustomEvent("bromo:announce", { detail }));
  });

  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      input.focus();
      hide();
    } else if (event.key === "ArrowDown" && !panel.hidden) {
      event.preventDefault();
      move(1);
    } else if (event.key === "ArrowUp" && !panel.hidden) {
      event.preventDefault();
      move(-1);
    }
  });

  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget)) hide();
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) hide();
  });
  form.addEventListener("submit", (event) => {
    if (!input.value.trim()) event.preventDefault();
  });
}
