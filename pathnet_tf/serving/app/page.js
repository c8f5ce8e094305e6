export const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const [HEIGHT, LEFT, BOTTOM] = [220, 34, 22];
const DASHES = ["", "7 3", "2 2", "7 2 2 2", "12 4", "4 2 1 2 1 2", "3 3", "14 3 3 3", "1 4"];

export function say(text, isBad = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("bad", isBad);
}

function make(name, attributes, parent, text) {
  const isSvg = parent instanceof SVGElement || name === "svg";
  const node = isSvg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  // As text, never as markup: names come out of files.
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

export async function ask(file) {
  say(`Looking at ${file.name} …`);
  byId("answer").hidden = true;
  const form = new FormData();
  form.append("file", file, file.name);
  try {
    const response = await fetch("/predict", { method: "POST", body: form });
    const found = await response.json();
    if (!response.ok) return say(found.error, true);
    show(file.name, found);
    say(`It answers: ${named(found.clip)}.`);
  } catch (error) {
    say("The program on this computer does not answer any more.", true);
  }
}

const named = (answer) => answer.label + (answer.uncertain ? " (uncertain)" : "");

function show(name, found) {
  byId("name").textContent = name;
  byId("label").textContent = named(found.clip);
  const body = byId("bars").tBodies[0];
  body.replaceChildren();
  found.emotions.forEach((emotion, number) => {
    const row = make("tr", {}, body);
    const share = found.clip.probabilities[emotion];
    make("td", {}, row, emotion);
    const cell = make("td", { class: "bar" }, row);
    make("div", { class: "fill" }, cell).style.cssText =
      `width:${100 * share}%;background:var(--e${number})`;
    make("td", { class: "number" }, row, share.toFixed(2));
  });
  // Before its width is asked for.
  byId("answer").hidden = false;
  // A still picture has no length.
  const isOverTime = found.seconds.at(-1).end > 0;
  byId("over-time").hidden = !isOverTime;
  if (isOverTime) drawTimeline(found);
  byId("inputs").replaceChildren();
  byId("inputs").classList.toggle("faces", !found.is_speech);
  for (const picture of found.pictures)
    if (found.is_speech)
      make("img", { src: picture.given, class: "mel",
        alt: "Log-mel spectrogram, low sounds below" }, byId("inputs"));
    else showFace(picture, found, isOverTime);
}

function showFace(picture, found, isOverTime) {
  const figure = make("figure", {}, byId("inputs"));
  make("img", { src: picture.frame, alt: "The whole picture, the face in a box" }, figure);
  make("img", { src: picture.given, class: "face", alt: "The face that the network saw" },
    figure);
  if (!isOverTime) return;
  const second = found.seconds.find((one) => picture.time < one.end) || found.seconds.at(-1);
  make("figcaption", {}, figure, `${picture.time.toFixed(1)} s: ${named(second)}` +
    (picture.is_found ? "" : "; no face found here, cut where another frame has it"));
}

function drawTimeline(found) {
  const place = byId("timeline");
  place.replaceChildren();
  const WIDTH = Math.max(280, place.clientWidth);
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": "Probability of each emotion over time" }, place);
  const length = Math.max(found.seconds.at(-1).end, 0.001);
  const x = (seconds) => LEFT + ((WIDTH - LEFT - 4) * seconds) / length;
  const y = (share) => 6 + (HEIGHT - BOTTOM - 6) * (1 - share);
  for (const one of found.seconds.filter((one) => one.uncertain))
    make("rect", { x: x(one.start), y: y(1), width: x(one.end) - x(one.start),
      height: y(0) - y(1), fill: "var(--pale)" }, svg);
  for (const share of [0, 0.5, 1]) {
    make("text", { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, svg, share);
    make("line", { x1: LEFT, x2: WIDTH - 4, y1: y(share), y2: y(share),
      stroke: "var(--line)" }, svg);
  }
  const most = WIDTH / 60;
  const step = [1, 2, 5, 10, 30, 60, 300, 600, 1800].find((s) => length / s <= most) || 3600;
  for (let second = 0; second <= length; second += step)
    make("text", { x: x(second), y: HEIGHT - 6, "text-anchor": "middle" }, svg, `${second} s`);
  const keys = make("div", {}, place);
  found.emotions.forEach((emotion, number) => {
    const path = found.seconds.map((one, index) => {
      const level = y(one.probabilities[emotion]);
      return `${index ? "L" : "M"}${x(one.start)} ${level}L${x(Math.max(one.end, length / 50))} ${level}`;
    });
    const look = { stroke: `var(--e${number})`, "stroke-width": 2, fill: "none",
      "stroke-dasharray": DASHES[number] };
    make("path", { d: path.join(""), ...look }, svg);
    const key = make("span", { class: "key" }, keys);
    const line = make("svg", { width: 30, height: 8, viewBox: "0 0 30 8" }, key);
    make("path", { d: "M0 4L30 4", ...look }, line);
    make("span", {}, key, emotion);
  });
}

byId("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) ask(file);
  event.target.value = "";
});
for (const kind of ["dragover", "dragleave", "drop"])
  byId("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    byId("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) ask(event.dataTransfer.files[0]);
  });
