// What every page does: theme, menus, shortcuts, and htmx where it needs a hand.

const root = document.documentElement;
const announcer = document.getElementById("announcer");

// --- Theme ------------------------------------------------------------------------------------

const darkSystem = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : darkSystem.matches;
}

function labelThemeToggle(toggle) {
  toggle.hidden = false;
  toggle.querySelector("[data-theme-label]").textContent = isDark() ? "Light theme" : "Dark theme";
}

function switchTheme(toggle) {
  const theme = isDark() ? "light" : "dark";
  const isSystems = (theme === "dark") === darkSystem.matches;
  if (isSystems) delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (isSystems) localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // It holds for this page at least.
  }
  labelThemeToggle(toggle);
}

for (const toggle of document.querySelectorAll("[data-theme-toggle]")) {
  labelThemeToggle(toggle);
  toggle.addEventListener("click", () => switchTheme(toggle));
  darkSystem.addEventListener("change", () => labelThemeToggle(toggle));
}

// --- Menus ------------------------------------------------------------------------------------

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});

// --- Shortcuts --------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const input = document.getElementById("search-input");
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
});

// --- htmx -------------------------------------------------------------------------------------

function showProblem(text) {
  const message = document.createElement("div");
  message.className = "message message--error";
  const words = document.createElement("span");
  words.className = "message__text";
  words.textContent = text;
  message.append(words);
  const messages = document.querySelector(".messages");
  messages.replaceChildren(message);
  messages.scrollIntoView({ block: "nearest" });
}

const isPoll = (element) => Boolean(element?.hasAttribute("data-poll"));

document.addEventListener("htmx:responseError", (event) => {
  const { xhr, elt } = event.detail;
  if (isPoll(elt)) return;
  showProblem(
    xhr.status === 403
      ? "You may not do that, or you were signed out meanwhile. Load the page again."
      : `That did not work: the server answered ${xhr.status}. Load the page again.`,
  );
});

document.addEventListener("htmx:sendError", (event) => {
  if (!isPoll(event.detail.elt)) showProblem("The server cannot be reached. Try again in a moment.");
});

// Who was signed out meanwhile gets the sign-in page, not a piece of it inside this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL, location.href);
  if (answered.pathname !== document.body.dataset.loginUrl) return;
  event.detail.shouldSwap = false;
  location.reload();
});

// A page that nobody looks at asks for nothing.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isPoll(event.detail.elt) && document.hidden) event.preventDefault();
});

// What was unfolded stays so when the part of the page around it is replaced.
let unfolded = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  const open = event.detail.target.querySelectorAll("details[id][open]");
  unfolded = Array.from(open, (details) => details.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of unfolded) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  const title = document.querySelector("[data-title]")?.dataset.title;
  if (title) document.title = title;
});

// Parts of a page may leave a text here to be read aloud.
document.addEventListener("bromo:announce", (event) => {
  announcer.textContent = event.detail;
});
