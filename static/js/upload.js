// Uploading: each file by its own request, with its own progress and its own outcome.

const AT_ONCE = 3;
const form = document.getElementById("upload-form");
const input = document.getElementById("files");
const list = document.getElementById("upload-rows");
const summary = document.getElementById("upload-summary");
const template = document.getElementById("upload-row");
const token = form.elements.csrfmiddlewaretoken.value;
const maxBytes = Number(form.dataset.maxBytes);

const waiting = [];
let running = 0;

// --- Rows -------------------------------------------------------------------------------------

function addRow(file) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.querySelector(".upload-row__name").textContent = file.name;
  row.querySelector("progress").setAttribute("aria-label", `Progress of ${file.name}`);
  list.append(row);
  list.hidden = false;
  return row;
}

function setStatus(row, status, message) {
  row.dataset.status = status;
  row.querySelector(".upload-row__message").textContent = message;
  const isUnderWay = status === "waiting" || status === "sending";
  row.querySelector("progress").hidden = !isUnderWay;
}

function setProgress(row, share) {
  row.querySelector("progress").value = Math.round(share * 100);
  const message = share < 1 ? `${Math.round(share * 100)} %` : "Being checked and stored";
  setStatus(row, "sending", message);
}

function offer(row, action, onClick) {
  const button = row.querySelector(`[data-action="${action}"]`);
  button.hidden = false;
  button.addEventListener("click", onClick, { once: true });
}

function showThumbnail(row, id) {
  const image = new Image();
  image.alt = "";
  image.src = form.dataset.thumbnailUrl.replace("/0/", `/${id}/`);
  row.querySelector(".upload-row__thumb").replaceChildren(image);
}

function showResult(row, result) {
  setStatus(row, result.status, result.message);
  if (result.url) row.querySelector(".upload-row__name").href = result.url;
  if (result.id) showThumbnail(row, result.id);
  if (result.restore_url) offer(row, "restore", () => restore(row, result));
}

// --- Requests ---------------------------------------------------------------------------------

async function restore(row, result) {
  row.querySelector('[data-action="restore"]').hidden = true;
  const headers = { "X-CSRFToken": token };
  try {
    const answer = await fetch(result.restore_url, { method: "POST", headers });
    if (!answer.ok) throw new Error(String(answer.status));
    setStatus(row, "created", "Restored.");
  } catch {
    setStatus(row, "failed", "It could not be restored. Try it on its own page.");
  }
  summarise();
}

function fail(row, file, message) {
  setStatus(row, "failed", message);
  offer(row, "retry", () => {
    row.querySelector('[data-action="retry"]').hidden = true;
    enqueue(file, row);
    sendNext();
  });
}

function readAnswer(request, row, file) {
  let answer = null;
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    // Not from the upload page: what follows says so.
  }
  const result = answer?.results?.[0];
  if (result?.status === "failed") fail(row, file, result.message);
  else if (result) showResult(row, result);
  else if (answer?.errors) setStatus(row, "rejected", describe(answer.errors));
  else if (new URL(request.responseURL).pathname === document.body.dataset.loginUrl)
    setStatus(row, "failed", "You were signed out meanwhile: load this page again.");
  else if (request.status === 413)
    setStatus(row, "rejected", `“${file.name}” was not added: it is larger than the server takes.`);
  else fail(row, file, `The server answered ${request.status}. Nothing was added.`);
}

function describe(errors) {
  return Object.values(errors)
    .flat()
    .map((error) => error.message)
    .join(" ");
}

function send(file, row) {
  const body = new FormData();
  for (const name of ["collection", "tags"]) body.append(name, form.elements[name].value);
  body.append("files", file, file.name);

  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", token);
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) setProgress(row, event.loaded / event.total);
  });
  request.addEventListener("load", () => readAnswer(request, row, file));
  request.addEventListener("error", () =>
    fail(row, file, "The connection broke off. Nothing was added."),
  );
  request.addEventListener("loadend", () => {
    running -= 1;
    sendNext();
  });
  running += 1;
  setProgress(row, 0);
  request.send(body);
}

function sendNext() {
  while (running < AT_ONCE && waiting.length) {
    const { file, row } = waiting.shift();
    send(file, row);
  }
  summarise();
}

// --- The queue --------------------------------------------------------------------------------

function enqueue(file, row = addRow(file)) {
  if (file.size > maxBytes) {
    const limit = form.dataset.maxMegabytes;
    const reason = `it is larger than the limit of ${limit} MB.`;
    setStatus(row, "rejected", `“${file.name}” was not added: ${reason}`);
    return;
  }
  setStatus(row, "waiting", "Waiting");
  waiting.push({ file, row });
}

function take(files) {
  for (const file of files) enqueue(file);
  sendNext();
}

function summarise() {
  const has = (status) => list.querySelectorAll(`[data-status="${status}"]`).length;
  const underWay = has("waiting") + has("sending");
  const parts = [
    [has("created"), "added"],
    [has("duplicate"), "already there"],
    [has("in_trash"), "in the trash"],
    [has("rejected"), "refused"],
    [has("failed"), "failed"],
    [underWay, "to go"],
  ];
  const told = parts.filter(([count]) => count).map(([count, what]) => `${count} ${what}`);
  summary.textContent = told.length ? `${told.join(", ")}.` : "";
  const isDone = !underWay && has("created") + has("duplicate") > 0;
  document.getElementById("see-library").hidden = !isDone;
}

// --- Choosing and dropping --------------------------------------------------------------------

input.addEventListener("change", () => {
  take(Array.from(input.files));
  input.value = "";
});
form.addEventListener("submit", (event) => event.preventDefault());

async function filesOfEntry(entry) {
  if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const batch = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!batch.length) return files;
    for (const child of batch) files.push(...(await filesOfEntry(child)));
  }
}

async function droppedFiles(transfer) {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return Array.from(transfer.files);
  const files = await Promise.all(entries.filter(Boolean).map(filesOfEntry));
  return files.flat();
}

const bringsFiles = (event) => event.dataTransfer?.types.includes("Files");
const setDragging = (is) => document.documentElement.classList.toggle("is-dragging", is);

document.addEventListener("dragover", (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  setDragging(true);
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) setDragging(false);
});
document.addEventListener("drop", async (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  setDragging(false);
  take(await droppedFiles(event.dataTransfer));
});
addEventListener("beforeunload", (event) => {
  if (running || waiting.length) event.preventDefault();
});
