// A state and its link: readable where it can be, exact always.

// As the study recommends; from the mean where it recommends nothing.
export const fresh = (study) => ({
  start: study.recommended.sampler ? firstDraw(study) : { kind: "mean" },
  axes: {}, components: {}, attributes: {}, direction: "difference", correction: null,
});

export function firstDraw(study) {
  const { sampler = study.samplers[0].name, level = {} } = study.recommended;
  return { kind: "draw", sampler, level: { ...level }, seed: 0 };
}

const LISTS = ["axes", "components", "attributes"];
const SIDES = [["with", 1], ["without", -1]];
const CHOICES = {
  start: ["draw", "order", "real", "walk", "mean", "point"],
  mode: ["linear", "spherical", "whitened"],
  direction: ["difference", "probe"],
};

export function toHash(state) {
  const words = new URLSearchParams();
  const { kind, level, z, attributes, ...settings } = state.start;
  words.set("start", kind);
  for (const [name, value] of Object.entries(settings)) words.set(name, value);
  for (const [name, value] of Object.entries(level ?? {})) words.set(`level.${name}`, value);
  for (const [word, side] of SIDES) {
    const names = Object.entries(attributes ?? {}).filter(([, value]) => value === side);
    if (names.length) words.set(word, names.map(([name]) => encodeURIComponent(name)).join(","));
  }
  if (z) words.set("z", pack(z));
  for (const list of LISTS) {
    const moves = Object.entries(state[list]).filter(([, value]) => value !== 0);
    if (moves.length) words.set(list, moves.map(([name, value]) => `${encodeURIComponent(name)}:${value}`).join(","));
  }
  if (state.direction !== "difference") words.set("direction", state.direction);
  if (state.correction !== null) words.set("correction", state.correction);
  return "#" + words.toString();
}

// Returns the state that a link names, or null if it names none. Throws an error that says what is wrong with it.
export function fromHash(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  if (![...words].length) return null;
  const kind = oneOf(words, "start");
  const start = { kind };
  if (kind === "draw") {
    if (!words.get("sampler")) throw new Error("the sampler is missing");
    start.sampler = words.get("sampler");
    start.seed = whole(words, "seed", 0);
    start.level = {};
    for (const [name, text] of words) {
      if (name.startsWith("level.")) start.level[name.slice(6)] = text.trim() && isFinite(text) ? Number(text) : text;
    }
  }
  if (kind === "order") {
    start.seed = whole(words, "seed", 0);
    start.attributes = {};
    for (const [word, side] of SIDES) {
      for (const name of (words.get(word) ?? "").split(",").filter(Boolean)) start.attributes[decoded(word, name)] = side;
    }
  }
  if (kind === "real") start.row = whole(words, "row");
  if (kind === "walk") {
    Object.assign(start, { first: whole(words, "first"), second: whole(words, "second") });
    Object.assign(start, { t: number(words, "t", 0.5), mode: oneOf(words, "mode", "linear") });
  }
  if (kind === "point") start.z = unpack(words.get("z") ?? "");
  const state = { start, direction: oneOf(words, "direction", "difference") };
  for (const list of LISTS) state[list] = moves(list, words.get(list) ?? "");
  state.correction = words.has("correction") ? number(words, "correction") : null;
  return state;
}

function oneOf(words, name, usual) {
  const value = words.get(name) ?? usual;
  if (!CHOICES[name].includes(value)) {
    throw new Error(value === undefined ? `${name} is missing` : `${name}=${value} is not one of ${CHOICES[name].join(", ")}`);
  }
  return value;
}

function number(words, name, usual) {
  const text = words.get(name);
  if (text === null && usual !== undefined) return usual;
  if (text === null) throw new Error(`${name} is missing`);
  if (!text.trim() || !isFinite(text)) throw new Error(`${name}=${text} is not a number`);
  return Number(text);
}

function whole(words, name, usual) {
  const value = number(words, name, usual);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name}=${value} is not a whole number of at least 0`);
  return value;
}

function moves(list, text) {
  return Object.fromEntries(text.split(",").filter(Boolean).map((pair) => {
    const [name, value, ...more] = pair.split(":");
    if (!name || more.length || !value?.trim() || !isFinite(value)) {
      throw new Error(`${list} holds “${pair}”, which is not a name and a number such as 0:1.5`);
    }
    return [decoded(list, name), Number(value)];
  }));
}

function decoded(list, name) {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new Error(`${list} holds “${name}”, which is not an encoded name`);
  }
}

function pack(z) {
  const bytes = new Uint8Array(Float32Array.from(z).buffer);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unpack(text) {
  let z = [];
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    z = [...new Float32Array(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)).buffer)];
  } catch { /* neither letters nor a length that make numbers */ }
  if (!z.length || !z.every(Number.isFinite)) throw new Error("z is not a point");
  return z;
}
