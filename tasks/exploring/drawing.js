// Densities, ellipses and distributions on canvases, in the colours of the page.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function prepare(canvas) {
  const scale = window.devicePixelRatio || 1;
  const { width, height } = canvas.getBoundingClientRect();
  const size = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (canvas.width !== size[0]) canvas.width = size[0];
  if (canvas.height !== size[1]) canvas.height = size[1];
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return [pen, width, height];
}

export function drawDistribution(canvas, { counts, low, high }, value) {
  const [pen, width, height] = prepare(canvas);
  // Room on the right for what lies beyond every real point.
  const reach = Math.max(high, Math.min(value, low + 2 * (high - low))) + 0.04 * (high - low);
  const start = Math.min(low, Math.max(0, value)) - 0.02 * (high - low);
  const across = (x) => ((x - start) / (reach - start)) * width;
  const most = Math.max(...counts), step = (high - low) / counts.length;
  pen.fillStyle = colour("--accent");
  pen.globalAlpha = 0.5;
  counts.forEach((count, bin) => {
    const tall = (count / most) * (height - 4);
    pen.fillRect(across(low + bin * step), height - tall, Math.max(1, across(low + step) - across(low) - 0.5), tall);
  });
  pen.globalAlpha = 1;
  pen.fillStyle = colour("--mark");
  pen.fillRect(Math.min(width - 2, Math.max(0, across(value) - 1)), 0, 2.5, height);
}

const painted = new Map();

// The density as a small picture, a pixel per bin, the logarithm of the counts as opacity.
function densityPicture(plane, ink) {
  const key = `${plane.kind}:${plane.pair}:${ink}`;
  if (painted.has(key)) return painted.get(key);
  const bins = plane.density.length, most = Math.log1p(Math.max(...plane.density.flat()));
  const picture = new OffscreenCanvas(bins, bins), pen = picture.getContext("2d");
  pen.fillStyle = ink;
  plane.density.forEach((row, y) => row.forEach((count, x) => {
    if (!count) return;
    pen.globalAlpha = 0.06 + 0.84 * (Math.log1p(count) / most);
    pen.fillRect(x, bins - 1 - y, 1, 1);
  }));
  painted.set(key, picture);
  return picture;
}

export function frame(plane, width, height) {
  const span = [plane.high[0] - plane.low[0], plane.high[1] - plane.low[1]];
  return {
    toCanvas: ([x, y]) => [((x - plane.low[0]) / span[0]) * width, height - ((y - plane.low[1]) / span[1]) * height],
    toPlane: ([x, y]) => [plane.low[0] + (x / width) * span[0], plane.low[1] + ((height - y) / height) * span[1]],
  };
}

export function drawPlane(canvas, plane, place) {
  const [pen, width, height] = prepare(canvas);
  const { toCanvas } = frame(plane, width, height);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(densityPicture(plane, colour("--accent")), 0, 0, width, height);
  drawEllipses(pen, plane, toCanvas);
  if (!place) return;
  const [x, y] = toCanvas(place);
  const inside = [Math.min(width - 9, Math.max(9, x)), Math.min(height - 9, Math.max(9, y))];
  pen.beginPath();
  pen.arc(...inside, 7, 0, 2 * Math.PI);
  pen.fillStyle = colour("--mark");
  // Hollow where the point lies beyond the plane's edge.
  if (inside[0] === x && inside[1] === y) pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = inside[0] === x && inside[1] === y ? colour("--paper") : colour("--mark");
  pen.stroke();
}

function drawEllipses(pen, plane, toCanvas) {
  const [[a, b], [, c]] = plane.covariance;
  const first = Math.sqrt(a), mixed = b / first, second = Math.sqrt(Math.max(0, c - mixed * mixed));
  pen.strokeStyle = colour("--ink");
  pen.lineWidth = 1;
  pen.globalAlpha = 0.45;
  for (const sigma of [1, 2, 3]) {
    pen.beginPath();
    for (let step = 0; step <= 90; step++) {
      const u = sigma * Math.cos((step / 45) * Math.PI), v = sigma * Math.sin((step / 45) * Math.PI);
      pen.lineTo(...toCanvas([plane.mean[0] + first * u, plane.mean[1] + mixed * u + second * v]));
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
