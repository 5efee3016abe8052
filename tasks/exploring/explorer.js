// The state, the controls that change it, and what the server returns for it.

import { choice, make, picture, select, slider, toggle } from "./controls.js";
import { drawDistribution, drawPlane, frame } from "./drawing.js";
import { firstDraw, fresh, fromHash, toHash } from "./state.js";

const $ = (id) => document.getElementById(id);
const FIRST = 8;
const STARTS = [
  ["draw", "A draw"], ["order", "To order"], ["real", "A real face"], ["walk", "Between two faces"], ["mean", "The mean"],
];
const NAMES = { mahalanobis: "Mahalanobis distance", euclidean: "distance from centre", radius: "radius" };

let study, state, view = null;
const sliders = { axes: new Map(), components: new Map(), attributes: new Map() };
const planes = [];
let showStart, showDirection, showCorrection;

function say(text, wrong = false) {
  $("status").textContent = text;
  $("status").classList.toggle("wrong", wrong);
}

async function ask(path, body) {
  const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, options).catch(() => {
    throw new Error("The explorer does not answer. Is its command still running?");
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error ?? answer.statusText);
  return content;
}

const find = (name) => ask(`api/find?name=${encodeURIComponent(name)}`);
const missing = (text) => say(text, true);

// One request at a time: changes made meanwhile are requested as soon as the answer is there.
let asking = false, pending = false, note = { text: "", wrong: false };

async function changed(text = "", wrong = false) {
  note = { text, wrong };
  history.replaceState(null, "", toHash(state));
  if (asking) { pending = true; return; }
  asking = true;
  try {
    do {
      pending = false;
      show(await ask("api/face", state));
    } while (pending);
    say(note.text, note.wrong);
  } catch (error) {
    say(error.message, true);
  } finally {
    asking = false;
  }
  if (pending) changed();
  else askNearest();
}

function show(answer) {
  view = answer;
  $("face").src = view.face;
  showIntegrity(view.integrity);
  document.body.dataset.shown = String(Number(document.body.dataset.shown ?? 0) + 1);
  for (const [name, { text, canvas }] of distances) {
    text.replaceChildren(make("span", {}, `${NAMES[name]} ${view.distances[name].toPrecision(4)}`),
      make("small", {}, `${(100 * view.nearer[name]).toFixed(1)} % are nearer`));
    drawDistribution(canvas, study.distances[name], view.distances[name]);
  }
  planes.forEach((plane) => plane.draw());
}

// Whether the face is broken; nothing where the study was not scored.
function showIntegrity(integrity) {
  $("integrity").hidden = !integrity;
  if (!integrity) return;
  $("integrity").classList.toggle("wrong", integrity.broken);
  $("integrity").replaceChildren(make("span", {}, integrity.text),
    make("small", {}, `b ${integrity.b.toFixed(2)}, limit ${integrity.limit.toFixed(2)}`));
  $("integrity").title = study.broken;
}

const distances = new Map();

function makeDistances() {
  for (const name of Object.keys(NAMES)) {
    const text = make("p"), canvas = make("canvas", { role: "img", "aria-label": `${NAMES[name]} beside those of the training points` });
    distances.set(name, { text, canvas });
    $("distances").append(make("div", { class: "distance" }, text, canvas));
  }
}

let nearestTimer;

function askNearest() {
  clearTimeout(nearestTimer);
  if (!$("nearest-on").checked) { $("nearest").replaceChildren(); return; }
  nearestTimer = setTimeout(async () => {
    try {
      const found = await ask("api/neighbours", { state, count: 8 });
      $("nearest").replaceChildren(...found.map(({ row, name, distance, image }) => {
        const button = make("button", { type: "button", title: `start from ${name}` },
          make("img", { src: image, alt: "" }), name, make("br"), distance.toPrecision(4));
        button.addEventListener("click", () => begin({ kind: "real", row }));
        return button;
      }));
    } catch (error) { say(error.message, true); }
  }, 120);
}

// Sliders for a list of moves: the first few at once, the others on demand or when they are moved.
function makeSliders(list, entries) {
  const rest = [...entries];
  const more = make("button", { type: "button", class: "more" });
  const add = ({ key, ...settings }) => {
    const made = slider({ ...settings, changed: (value) => { move(list, key, value); changed(); } });
    made.set(state[list][key] ?? 0);
    sliders[list].set(String(key), made);
    more.before(made.row);
  };
  const label = () => {
    more.hidden = !rest.length;
    more.textContent = `${Math.min(FIRST, rest.length)} more of ${rest.length}`;
  };
  const grow = () => { rest.splice(0, FIRST).forEach(add); label(); };
  reveal[list] = (key) => {
    const place = rest.findIndex((entry) => String(entry.key) === String(key));
    if (place >= 0) { rest.splice(place, 1).forEach(add); label(); }
  };
  $(list).replaceChildren(more);
  more.addEventListener("click", grow);
  grow();
}

const reveal = {};

function move(list, key, value) {
  if (value === 0) delete state[list][key];
  else state[list][key] = value;
  reveal[list](key);
  sliders[list].get(String(key))?.set(value);
}

function showSliders() {
  for (const list of Object.keys(sliders)) Object.keys(state[list]).forEach(reveal[list]);
  for (const [list, made] of Object.entries(sliders)) made.forEach((one, key) => one.set(state[list][key] ?? 0));
}

function begin(start) {
  state.start = start;
  showStartSettings();
  changed();
}

function startOf(kind) {
  const random = () => Math.floor(Math.random() * study.images);
  if (kind === "draw") return firstDraw(study);
  if (kind === "order") return { kind, attributes: { [study.orders[0]]: 1 }, seed: 0 };
  if (kind === "real") return { kind, row: random() };
  if (kind === "walk") return { kind, first: random(), second: random(), t: 0.5, mode: "linear" };
  return { kind };
}

function showStartSettings() {
  const { start } = state, box = $("start-settings");
  showStart(start.kind);
  $("photograph").hidden = $("face-caption").hidden = start.kind !== "real";
  const update = (name) => (value) => { start[name] = value; changed(); };
  if (start.kind === "draw") {
    box.replaceChildren(...drawSettings(start));
  } else if (start.kind === "order") {
    box.replaceChildren(...orderSettings(start));
  } else if (start.kind === "real") {
    const choose = (row) => { start.row = row; $("photograph-image").src = `api/real/${row}`; changed(); };
    $("photograph-image").src = `api/real/${start.row}`;
    box.replaceChildren(picture("Image", start.row, study, find, missing, choose));
  } else if (start.kind === "walk") {
    const way = slider({ label: "Position", low: 0, high: 1, usual: 0.5, wide: true, changed: update("t") });
    way.set(start.t);
    const modes = [["linear", "straight line"], ["spherical", "great circle about the origin"], ["whitened", "great circle in whitened space"]]
      .filter(([mode]) => study.ways.includes(mode) || mode === start.mode);
    box.replaceChildren(picture("From", start.first, study, find, missing, update("first")),
      picture("To", start.second, study, find, missing, update("second")), way.row,
      select("Path", modes, start.mode, update("mode")));
  } else {
    box.replaceChildren(make("p", { class: "described" }, start.kind === "mean" ? "The mean of all training points." : "A point given in the link."));
  }
}

function drawSettings(start) {
  const sampler = study.samplers.find(({ name }) => name === start.sampler);
  const choose = (name) => begin({ ...start, sampler: name, level: {} });
  const rows = [select("Sampler", study.samplers.map(({ name }) => [name, name]), sampler.name, choose),
    make("p", { class: "described" }, sampler.description)];
  for (const { name, description, usual, choices, low, high } of sampler.parameters) {
    const set = (value) => { start.level[name] = value; changed(); };
    const value = start.level[name] ?? usual;
    if (choices) {
      const numbers = typeof usual === "number";
      const known = choices.includes(value) ? choices : [...choices, value];
      rows.push(select(name, known.map((one) => [one, String(one)]), value, (text) => set(numbers ? Number(text) : text)));
    } else {
      const made = slider({ label: name, title: description, low, high, usual, wide: true, changed: set });
      made.set(value);
      rows.push(made.row);
    }
  }
  return [...rows, anotherDraw(start)];
}

function anotherDraw(start) {
  const another = make("button", { type: "button", id: "another", title: "N" }, "Another draw");
  const seed = make("span", { class: "hint" }, `draw ${start.seed}`);
  another.addEventListener("click", () => { start.seed += 1; seed.textContent = `draw ${start.seed}`; changed(); });
  return make("div", { class: "line" }, another, seed);
}

// Attributes that are asked for: with them, without them, or either.
function orderSettings(start) {
  const toggles = study.orders.map((name) => toggle(name.replaceAll("_", " "), start.attributes[name] ?? 0, (value) => {
    if (value) start.attributes[name] = value;
    else delete start.attributes[name];
    changed();
  }));
  return [make("p", { class: "described" }, "Click an attribute: with it, without it, either."),
    make("div", { class: "toggles", id: "orders" }, ...toggles), anotherDraw(start)];
}

// A density with the point in it; dragging moves along the two directions that span the plane.
function makePlane(kind) {
  const own = study.planes.map((plane, number) => ({ ...plane, number })).filter((plane) => plane.kind === kind);
  if (!own.length) return;
  let plane = own[0], dragged = null;
  const side = (one) => (kind === "axes" ? `axis ${one + 1}` : `component ${one}`);
  const canvas = make("canvas", { tabindex: "0", role: "application", "aria-label": `where the point lies in a plane of ${kind}` });
  const draw = () => drawPlane(canvas, plane, dragged ?? view?.planes[plane.number]);
  const box = make("select", { "aria-label": "plane" }, ...own.map((one, index) => new Option(one.pair.map(side).join(" × "), index)));
  box.addEventListener("change", () => { plane = own[box.value]; draw(); });
  const shift = (delta) => {
    const list = kind === "axes" ? "axes" : "components";
    plane.pair.forEach((key, index) => {
      const std = kind === "axes" ? study.axes[key].std : study.std[key];
      const value = Math.max(-99, Math.min(99, (state[list][key] ?? 0) + delta[index] / std));
      move(list, key, value);
    });
    changed();
  };
  const pointed = (event) => {
    const area = canvas.getBoundingClientRect();
    const to = frame(plane, area.width, area.height).toPlane([event.clientX - area.left, event.clientY - area.top]);
    const from = dragged ?? view.planes[plane.number];
    dragged = to;
    draw();
    shift([to[0] - from[0], to[1] - from[1]]);
  };
  canvas.addEventListener("pointerdown", (event) => { if (view) { canvas.setPointerCapture(event.pointerId); pointed(event); } });
  canvas.addEventListener("pointermove", (event) => { if (dragged) pointed(event); });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { dragged = null; draw(); });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step) return;
    event.preventDefault();
    shift(step.map((one, index) => one * 0.1 * Math.sqrt(plane.covariance[index][index])));
  });
  $("planes").append(make("div", { class: "plane" }, box, canvas));
  planes.push({ draw });
}

function makeCorrection() {
  if (!study.correction) return;
  $("correction-field").hidden = false;
  const on = make("input", { type: "checkbox", id: "correction-on" });
  const strength = slider({ label: "strength", low: 0, high: 1, usual: 0.5, step: 0.05, wide: true, changed: (value) => { on.checked = true; state.correction = value; changed(); } });
  on.addEventListener("change", () => { state.correction = on.checked ? 0.5 : null; showCorrection(); changed(); });
  showCorrection = () => { on.checked = state.correction !== null; strength.set(state.correction ?? 0.5); };
  $("correction").append(make("label", { class: "toggle" }, on, "move the point toward its nearest real points"), strength.row);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = make("textarea", {});
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  say(`${what} copied`);
}

function save() {
  const { kind, sampler = kind, seed } = state.start;
  const name = seed === undefined ? kind : `${sampler}-${seed}`;
  make("a", { href: view.face, download: `face-${name}.png` }).click();
}

const shortcuts = {
  n: () => $("another")?.click(), r: () => $("reset").click(), l: () => $("copy-link").click(), s: () => save(),
};

function listen() {
  $("copy-link").addEventListener("click", () => copy(location.href, "link"));
  $("copy-z").addEventListener("click", () => copy(JSON.stringify(view.z), "z"));
  $("save").addEventListener("click", save);
  $("nearest-on").addEventListener("change", askNearest);
  $("reset").addEventListener("click", () => {
    Object.assign(state, { axes: {}, components: {}, attributes: {} });
    showSliders();
    changed();
  });
  addEventListener("hashchange", () => restore(location.hash));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=text], select")) return;
    shortcuts[event.key.toLowerCase()]?.();
  });
  const redraw = () => view && show(view);
  addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

// Shows what a link names. If a link cannot be shown, says so and shows the study's own start instead.
async function restore(hash) {
  let wanted = null, wrong = "";
  try {
    wanted = fromHash(hash);
    if (wanted) await ask("api/face", wanted);
  } catch (error) {
    wanted = null;
    wrong = `This link cannot be shown: ${error.message}.`;
  }
  state = wanted ?? fresh(study);
  showStartSettings();
  showSliders();
  showDirection(state.direction);
  showCorrection?.();
  if (wrong || wanted || study.recommended.sampler) changed(wrong, wrong !== "");
  else changed(`${study.recommended.why_not} This is the mean of the training points.`);
}

async function open() {
  study = await ask("api/study");
  state = fresh(study);
  $("about").textContent = `${study.images.toLocaleString("en")} images of ${study.image_size}×${study.image_size} pixels, ${study.components} ${study.components === 1 ? "component" : "components"} · model ${study.model}`;
  const starts = STARTS.filter(([kind]) => kind !== "order" || study.orders.length);
  showStart = choice($("start"), starts, (kind) => begin(startOf(kind)));
  showDirection = choice($("direction"), [["difference", "difference of means"], ["probe", "linear probe"]], (value) => {
    state.direction = value;
    showDirection(value);
    changed();
  });
  const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
  makeSliders("axes", study.axes.map(({ share }, key) => ({ key, label: `Axis ${key + 1}`, note: percent(share), low: -4, high: 4 })));
  makeSliders("components", study.component_order.map((key) => ({ key, label: `Component ${key}`, low: -4, high: 4 })));
  $("attributes-field").hidden = !study.attributes.length;
  makeSliders("attributes", study.attributes.map((key) => ({ key, label: key.replaceAll("_", " "), low: -3, high: 3 })));
  makeDistances();
  $("where").hidden = !study.planes.length;
  ["axes", "correlation", "offset"].forEach(makePlane);
  makeCorrection();
  listen();
  await restore(location.hash);
}

open().catch((error) => say(`The study cannot be shown: ${error.message}`, true));
