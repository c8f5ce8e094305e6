"use strict";
(() => {
  const data = document.getElementById("searches");
  if (!data) return;
  const searches = JSON.parse(data.textContent);
  const part = (name) => document.getElementById("player-" + name);
  const ROLES = ["winner", "loser", "child"];
  const STEP_MS = 250;
  const SIZE = 10, GAP = 5.5, LEFT = 18, ROW = 40;
  // One that has something frozen shows most.
  let search = searches.find((one) => one.frozen.length) || searches[0];
  let index = 0, timer = null;

  // Text goes in as text nodes and attributes alone, never as markup.
  function svg(tag, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function rows(flat) {
    const width = flat.length / search.layers;
    return Array.from({ length: search.layers }, (_, layer) =>
      flat.slice(layer * width, (layer + 1) * width));
  }

  const center = (module) => LEFT + module * (SIZE + GAP) + SIZE / 2;
  // The first layer, which sees the input, is the lowest.
  const height = (layer) => 8 + (search.layers - 1 - layer) * ROW;

  function pathway(role) {
    const genes = rows(search[role][index]);
    const before = role === "child" ? rows(search.winner[index]) : genes;
    const width = LEFT + search.modules * (SIZE + GAP);
    const drawing = svg("svg", {
      viewBox: `0 0 ${width} ${16 + (search.layers - 1) * ROW + SIZE}`,
      role: "img", "aria-label": describe(role, genes),
    });
    for (let layer = 1; layer < search.layers; layer++)
      for (const low of new Set(genes[layer - 1]))
        for (const high of new Set(genes[layer]))
          drawing.append(svg("line", {
            class: "edge edge-" + role,
            x1: center(low), y1: height(layer - 1), x2: center(high), y2: height(layer) + SIZE,
          }));
    genes.forEach((row, layer) => {
      drawing.append(svg("text", { class: "layer-name", x: 0, y: height(layer) + 8.5 }, "L" + (layer + 1)));
      const frozen = search.frozen[layer] || [];
      const fresh = row.filter((gene, place) => gene !== before[layer][place]);
      for (let module = 0; module < search.modules; module++) {
        const x = center(module) - SIZE / 2, y = height(layer);
        const state = frozen.includes(module) ? " on-frozen" : row.includes(module) ? " on-" + role : "";
        drawing.append(svg("rect", { class: "module" + state, x, y, width: SIZE, height: SIZE, rx: 2 }));
        if (frozen.includes(module))
          drawing.append(row.includes(module)
            ? svg("rect", { class: "both on-" + role, x: x + 2, y: y + 2, width: SIZE - 4, height: SIZE - 4 })
            : svg("circle", { class: "frozen-mark", cx: center(module), cy: y + SIZE / 2, r: 2.4 }));
        if (fresh.includes(module))
          drawing.append(svg("rect", {
            class: "mutated", x: x - 2.2, y: y - 2.2, width: SIZE + 4.4, height: SIZE + 4.4, rx: 3.5,
          }));
      }
    });
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = role[0].toUpperCase() + role.slice(1);
    figure.append(caption, drawing);
    return figure;
  }

  function describe(role, genes) {
    const layers = genes.map((row, layer) =>
      `layer ${layer + 1}: ${[...new Set(row)].sort((a, b) => a - b).join(", ")}`);
    return `${role}, active modules, ${layers.join("; ")}`;
  }

  function curve() {
    const values = search.fitness.map((pair) => pair[0]);
    // As wide as its place, so that its words keep their size on a phone.
    const width = Math.max(280, part("curve").clientWidth);
    const low = 96, left = 30, count = values.length;
    const x = (n) => left + (count > 1 ? n / (count - 1) : 0) * (width - left - 4);
    const y = (value) => low - value * (low - 8);
    const line = (list) => list.map((value, n) => `${x(n).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const held = search.held_out;
    const name = "Fitness of the winner over generations" + (held.length ? ", held-out clip UAR dashed" : "");
    const drawing = svg("svg", { viewBox: `0 0 ${width} 112`, role: "img", "aria-label": name });
    for (const value of [0, 0.5, 1])
      drawing.append(
        svg("line", { class: "axis", x1: left, x2: width - 4, y1: y(value), y2: y(value) }),
        svg("text", { class: "axis-name", x: 4, y: y(value) + 3 }, value.toFixed(1)));
    drawing.append(svg("text", { class: "axis-name", x: left, y: 109 }, name));
    if (held.length) drawing.append(svg("polyline", { class: "line-held-out", points: line(held) }));
    drawing.append(svg("polyline", { class: "line-fitness", points: line(values) }));
    drawing.append(svg("line", { class: "cursor", x1: x(index), x2: x(index), y1: 4, y2: low }));
    return drawing;
  }

  function draw() {
    const last = search.fitness.length - 1;
    const [winner, loser] = search.fitness[index];
    const held = search.held_out.length > index ? `, held-out clip UAR ${search.held_out[index].toFixed(3)}` : "";
    part("state").textContent =
      `Generation ${index + 1} of ${last + 1}: fitness ${winner.toFixed(3)} against ${loser.toFixed(3)}${held}`;
    part("range").max = last;
    part("range").value = index;
    part("range").setAttribute("aria-valuetext", `generation ${index + 1} of ${last + 1}`);
    part("panels").replaceChildren(...ROLES.map(pathway));
    part("curve").replaceChildren(curve());
  }

  function go(to) {
    index = Math.max(0, Math.min(search.fitness.length - 1, to));
    draw();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    part("play").textContent = "Play";
    part("play").setAttribute("aria-pressed", "false");
    part("state").setAttribute("aria-live", "polite");
  }

  function play() {
    if (timer) return stop();
    const last = search.fitness.length - 1;
    if (index === last) go(0);
    // A voice that reads every generation would never come to an end.
    part("state").setAttribute("aria-live", "off");
    part("play").textContent = "Pause";
    part("play").setAttribute("aria-pressed", "true");
    timer = setInterval(() => { go(index + 1); if (index === last) stop(); }, STEP_MS);
  }

  const jump = (to) => { stop(); go(to()); };
  const moves = {
    first: () => 0,
    previous: () => index - 1,
    next: () => index + 1,
    last: () => search.fitness.length - 1,
  };
  for (const [name, to] of Object.entries(moves))
    part(name).addEventListener("click", () => jump(to));
  part("play").addEventListener("click", play);
  part("range").addEventListener("input", (event) => jump(() => Number(event.target.value)));
  part("search").addEventListener("change", (event) => {
    stop();
    search = searches[Number(event.target.value)];
    go(0);
  });
  const keys = { ArrowLeft: "previous", ArrowRight: "next", Home: "first", End: "last" };
  document.getElementById("player").addEventListener("keydown", (event) => {
    // A range and a list answer to these keys themselves.
    const isOwn = ["SELECT", "INPUT"].includes(event.target.tagName);
    if (isOwn || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key in keys) jump(moves[keys[event.key]]);
    else if (event.key === " " && event.target.tagName !== "BUTTON") play();
    else return;
    event.preventDefault();
  });
  part("search").value = searches.indexOf(search);
  window.addEventListener("resize", draw);
  draw();
})();
