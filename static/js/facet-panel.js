// All values of a facet, in a dialog over the library or on a page of their own.

const dialog = document.getElementById("facet-dialog");

// A value is picked or excluded, never both.
document.addEventListener("change", (event) => {
  const choice = event.target.closest(".choice");
  if (!choice || !event.target.checked) return;
  for (const box of choice.querySelectorAll("input")) {
    if (box !== event.target) box.checked = false;
  }
});

// Whoever presses Enter in the field has been answered while typing; the form is for its button.
document.addEventListener("keydown", (event) => {
  if (event.target.id === "facet-beginning" && event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "facet-values") return;
  const values = event.detail.target.querySelector("[data-values]")?.dataset.values ?? "0";
  const detail = values === "1" ? "1 value" : `${values} values`;
  document.dispatchEvent(new CustomEvent("bromo:announce", { detail }));
});

if (dialog) {
  let opener = "";
  // Not before it has settled: until then nobody would hear what is typed in it.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== dialog) return;
    opener = event.detail.requestConfig.elt.id;
    if (!dialog.open) dialog.showModal();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "library" && dialog.open && !isPoll(event)) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    // The library may have been replaced meanwhile, and the link with it.
    (document.getElementById(opener) ?? document.getElementById("main")).focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
}

function isPoll(event) {
  return event.detail.requestConfig.elt.hasAttribute("data-poll");
}
