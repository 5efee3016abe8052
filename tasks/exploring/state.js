// A state and its link: readable where it can be, exact always.

export const fresh = (study) => ({
  start: { kind: "draw", sampler: usualSampler(study), level: {}, seed: 0 },
  axes: {}, components: {}, attributes: {}, direction: "difference", correction: null,
});

function usualSampler(study) {
  const names = study.samplers.map((sampler) => sampler.name);
  return ["multivariate_normal", "manifold_parzen"].find((name) => names.includes(name)) ?? names[0];
}

const LISTS = ["axes", "components", "attributes"];

export function toHash(state) {
  const words = new URLSearchParams();
  const { kind, level, z, ...settings } = state.start;
  words.set("start", kind);
  for (const [name, value] of Object.entries(settings)) words.set(name, value);
  for (const [name, value] of Object.entries(level ?? {})) words.set(`level.${name}`, value);
  if (z) words.set("z", pack(z));
  for (const list of LISTS) {
    const moves = Object.entries(state[list]).filter(([, value]) => value !== 0);
    if (moves.length) words.set(list, moves.map(([name, value]) => `${encodeURIComponent(name)}:${value}`).join(","));
  }
  if (state.direction !== "difference") words.set("direction", state.direction);
  if (state.correction !== null) words.set("correction", state.correction);
  return "#" + words.toString();
}

// Returns the state that a link names, or null if it names none.
export function fromHash(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const kind = words.get("start");
  if (!["draw", "real", "walk", "mean", "point"].includes(kind)) return null;
  const start = { kind };
  const number = (name) => { if (words.has(name)) start[name] = Number(words.get(name)); };
  if (kind === "draw") {
    start.sampler = words.get("sampler") ?? "";
    number("seed");
    start.level = {};
    for (const [name, text] of words) {
      if (name.startsWith("level.")) start.level[name.slice(6)] = text !== "" && isFinite(text) ? Number(text) : text;
    }
  }
  if (kind === "real") number("row");
  if (kind === "walk") {
    ["first", "second", "t"].forEach(number);
    start.mode = words.get("mode") ?? "linear";
  }
  if (kind === "point") start.z = unpack(words.get("z") ?? "");
  const state = { start, direction: words.get("direction") ?? "difference" };
  for (const list of LISTS) {
    const pairs = (words.get(list) ?? "").split(",").filter(Boolean).map((pair) => pair.split(":"));
    state[list] = Object.fromEntries(pairs.map(([name, value]) => [decodeURIComponent(name), Number(value)]));
  }
  state.correction = words.has("correction") ? Number(words.get("correction")) : null;
  return state;
}

function pack(z) {
  const bytes = new Uint8Array(Float32Array.from(z).buffer);
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unpack(text) {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    return [...new Float32Array(bytes.buffer)];
  } catch { return []; }
}
