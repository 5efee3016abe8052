// The page's controls: each shows a value and reports changes; none knows the state.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

let numbered = 0;

const shown = (value) => Number(value.toPrecision(4)).toString();

// A slider; clicking its number resets it.
export function slider({ label, note = "", title = "", low, high, usual = 0, wide = false, step, changed }) {
  const id = `slider-${numbered++}`;
  const range = make("input", { type: "range", id, min: String(low), max: String(high), step: "any" });
  range.step = String((high - low) / 400);
  if (step) range.step = String(step);
  else if (low < 0 && high > 0) range.step = String(Math.max(-low, high) / 200);
  const number = make("button", { type: "button", title: `reset to ${shown(usual)}` });
  const row = make("div", { class: wide ? "slider wide" : "slider" },
    make("label", { for: id, title: title || label }, label, " ", make("small", {}, note)), range, number);
  const set = (value) => {
    range.value = String(value);
    number.textContent = shown(value);
    number.setAttribute("aria-label", `${label}: ${shown(value)}, reset to ${shown(usual)}`);
    row.classList.toggle("moved", value !== usual);
  };
  const tell = (value) => { set(value); changed(value); };
  range.addEventListener("input", () => tell(Number(range.value)));
  number.addEventListener("click", () => tell(usual));
  set(usual);
  return { row, set };
}

export function choice(element, options, changed) {
  const buttons = new Map();
  for (const [value, text, title = ""] of options) {
    const button = make("button", { type: "button", role: "radio", title }, text);
    button.addEventListener("click", () => changed(value));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const values = [...buttons.keys()];
      const next = values[(values.indexOf(value) + step + values.length) % values.length];
      buttons.get(next).focus();
      changed(next);
    });
    buttons.set(value, button);
  }
  element.replaceChildren(...buttons.values());
  return (chosen) => buttons.forEach((button, value) => {
    button.setAttribute("aria-checked", String(value === chosen));
    button.tabIndex = value === chosen ? 0 : -1;
  });
}

// A button that goes from either (0) to with (1) to without (-1).
export function toggle(label, value, changed) {
  const button = make("button", { type: "button" });
  const set = (next) => {
    value = next;
    button.dataset.value = String(value);
    button.textContent = `${{ 0: "", 1: "+ ", "-1": "− " }[value]}${label}`;
    button.setAttribute("aria-label", `${label}: ${{ 0: "either", 1: "with", "-1": "without" }[value]}`);
  };
  button.addEventListener("click", () => { set({ 0: 1, 1: -1, "-1": 0 }[value]); changed(value); });
  set(value);
  return button;
}

export function select(label, options, value, changed) {
  const id = `select-${numbered++}`;
  const box = make("select", { id }, ...options.map(([key, text]) => new Option(text, key)));
  box.value = String(value);
  box.addEventListener("change", () => changed(box.value));
  return make("div", { class: "field" }, make("label", { for: id }, label), box);
}

// A real image, chosen by its name or at random; `missing` is told what cannot be found.
export function picture(label, row, { images: count, name: example }, find, missing, changed) {
  const id = `picture-${numbered++}`;
  const names = make("datalist", { id: `${id}-names` });
  const box = make("input", { type: "text", id, list: `${id}-names`, autocomplete: "off", placeholder: `name, or row 0 to ${count - 1}` });
  const thumb = make("img", { class: "thumb", alt: "", src: `api/real/${row}` });
  const random = make("button", { type: "button", title: "a random image" }, "Random");
  const go = (next) => { thumb.src = `api/real/${next}`; changed(next); };
  box.addEventListener("input", async () => {
    const found = await find(box.value).catch(() => []);
    names.replaceChildren(...found.map(({ name }) => new Option(name, name)));
  });
  box.addEventListener("change", async () => {
    const asked = box.value.trim();
    if (/^\d+$/.test(asked) && Number(asked) < count) return go(Number(asked));
    try {
      const found = asked ? await find(asked) : [];
      const best = found.find(({ name }) => name === asked) ?? found[0];
      if (best) { box.value = best.name; return go(best.row); }
      missing(`No image is called “${asked}”. Enter a name such as ${example}, part of one, or a row from 0 to ${count - 1}.`);
    } catch (error) { missing(error.message); }
  });
  random.addEventListener("click", () => { box.value = ""; go(Math.floor(Math.random() * count)); });
  box.value = String(row);
  const chosen = make("div", { class: "field" }, make("label", { for: id }, label), box, random);
  return make("div", {}, chosen, make("div", { class: "field" }, make("span"), thumb), names);
}
