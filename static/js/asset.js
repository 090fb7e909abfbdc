// An asset's page: boxes over the image for what is pointed at, focused or switched on beside it. A
// row that has some says so: data-mark is its key, data-boxes and data-points are ratios of the image.

const SVG = "http://www.w3.org/2000/svg";
const LABEL = { height: 20, padding: 6 };
const DOT = 2.5;
const overlay = document.getElementById("boxes");
const image = document.querySelector(".stage__image");
const switchedOn = new Set();
let pointedAt = null;

const rowOf = (element) => element?.closest?.("[data-mark]");
const rows = () => Array.from(document.querySelectorAll("[data-mark]"));

function make(name, className, attributes) {
  const element = document.createElementNS(SVG, name);
  element.setAttribute("class", className);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function drawBox(box, name, width, height) {
  const [x, y] = [box.left * width, box.top * height];
  const size = { width: box.width * width, height: box.height * height };
  overlay.append(make("rect", "stage__box", { x, y, rx: 3, ...size }));
  if (name) drawLabel(name, x, y, width);
}

function drawLabel(name, x, y, width) {
  const label = make("text", "stage__label", { "dominant-baseline": "central" });
  label.textContent = name;
  const back = make("rect", "stage__label-back", { height: LABEL.height, rx: 3 });
  overlay.append(back, label);

  const labelWidth = label.getComputedTextLength() + 2 * LABEL.padding;
  const labelX = Math.max(0, Math.min(x, width - labelWidth));
  const labelY = y >= LABEL.height + 2 ? y - LABEL.height - 2 : y + 2;
  back.setAttribute("width", labelWidth);
  back.setAttribute("x", labelX);
  back.setAttribute("y", labelY);
  label.setAttribute("x", labelX + LABEL.padding);
  label.setAttribute("y", labelY + LABEL.height / 2);
}

function draw() {
  const { width, height } = image.getBoundingClientRect();
  overlay.replaceChildren();
  overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
  for (const row of rows()) {
    const { mark, markLabel, boxes, points } = row.dataset;
    const isOn = switchedOn.has(mark);
    const isShown = isOn || mark === pointedAt;
    row.classList.toggle("is-shown", isShown);
    row.querySelector(".show-boxes")?.setAttribute("aria-pressed", String(isOn));
    if (!isShown) continue;
    for (const box of JSON.parse(boxes)) drawBox(box, markLabel, width, height);
    for (const [x, y] of JSON.parse(points ?? "[]")) {
      overlay.append(make("circle", "stage__dot", { cx: x * width, cy: y * height, r: DOT }));
    }
  }
}

function point(row) {
  const id = row?.dataset.mark ?? null;
  if (id === pointedAt) return;
  pointedAt = id;
  draw();
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse") point(rowOf(event.target));
});
document.addEventListener("focusin", (event) => point(rowOf(event.target)));
document.addEventListener("click", (event) => {
  if (!event.target.closest(".show-boxes")) return;
  const { mark } = rowOf(event.target).dataset;
  if (!switchedOn.delete(mark)) switchedOn.add(mark);
  draw();
});
new ResizeObserver(draw).observe(image);

// Nobody loses half a word, or an opened explanation, to a refresh.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (elt.id !== "knowledge" || requestConfig.verb !== "get") return;
  const isTyping = document.activeElement?.matches("#knowledge input") && document.activeElement.value;
  if (isTyping) event.preventDefault();
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "knowledge") return;
  draw();
  if (event.detail.requestConfig.verb === "get") return;
  const count = document.getElementById("tag-count").textContent;
  const detail = count === "1" ? "1 tag" : `${count} tags`;
  document.dispatchEvent(new CustomEvent("bromo:announce", { detail }));
  if (document.activeElement === document.body) document.getElementById("tags-head").focus();
});
