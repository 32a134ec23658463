// Draws the moving decision boundaries of a page: a canvas, a slider and a button for each `.boundary`.
// Runs in the browser, from within the page; the numbers are in the script element of type application/json.

function showBoundary(box) {
  const data = JSON.parse(box.querySelector("script").textContent);
  const frames = data.frames.map(({ epoch, shares }) => ({ epoch, shares: fromBase64(shares) }));
  const canvas = box.querySelector("canvas");
  const slider = box.querySelector("input");
  const button = box.querySelector("button");
  const values = box.querySelectorAll("dd");
  let timer;

  const show = (index) => {
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", `epoch ${frames[index].epoch}`);
    data.facts[index].forEach((text, row) => {
      values[row].textContent = text;
    });
    drawFrame(canvas, data, frames[index].shares);
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    button.textContent = "Play";
  };
  const play = () => {
    button.textContent = "Pause";
    if (Number(slider.value) === frames.length - 1) show(0);
    timer = setInterval(() => {
      show(Number(slider.value) + 1);
      if (Number(slider.value) === frames.length - 1) stop();
    }, 120);
  };

  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });
  button.addEventListener("click", () => (timer === undefined ? play() : stop()));
  addEventListener("resize", () => show(Number(slider.value)));
  show(frames.length - 1);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

const space = { left: 52, right: 10, top: 10, bottom: 44 };

function drawFrame(canvas, data, shares) {
  const width = canvas.clientWidth;
  const height = Math.round(width * 0.86);
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(density, density);
  const area = {
    left: space.left,
    top: space.top,
    width: width - space.left - space.right,
    height: height - space.top - space.bottom,
  };
  context.drawImage(paintField(data, shares), area.left, area.top, area.width, area.height);
  drawBoundaries(context, data, shares, area);
  drawAxes(context, data, area);
  drawSamples(context, data, area);
}

/** Pixels of the painted field in each direction, before the canvas scales it. */
const fieldSize = 320;

/** The class with the largest share at each pixel, paler where the share is small. */
function paintField(data, shares) {
  const { gridSize, classes, colours } = data;
  const cells = gridSize * gridSize;
  const planes = shares.length / cells;
  const rgb = colours.map(toRgb);
  const field = document.createElement("canvas");
  field.width = fieldSize;
  field.height = fieldSize;
  const context = field.getContext("2d");
  const image = context.createImageData(fieldSize, fieldSize);
  const row = new Float64Array(classes);
  for (let y = 0; y < fieldSize; y++) {
    for (let x = 0; x < fieldSize; x++) {
      const gx = (x / (fieldSize - 1)) * (gridSize - 1);
      const gy = (1 - y / (fieldSize - 1)) * (gridSize - 1);
      for (let plane = 0; plane < planes; plane++) {
        const share = interpolate(shares, plane * cells, gridSize, gx, gy) / 255;
        if (planes === 1) row[0] = 1 - share;
        row[planes === 1 ? 1 : plane] = share;
      }
      let winner = 0;
      for (let other = 1; other < classes; other++) if (row[other] > row[winner]) winner = other;
      const floor = 1 / classes;
      const strength = 0.08 + 0.4 * Math.max(0, (row[winner] - floor) / (1 - floor));
      const at = 4 * (y * fieldSize + x);
      for (let c = 0; c < 3; c++) image.data[at + c] = 255 + (rgb[winner % rgb.length][c] - 255) * strength;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return field;
}

/** The lines on which a class is level with the best of the others, by marching squares over the grid. */
function drawBoundaries(context, data, shares, area) {
  const { gridSize, classes } = data;
  const cells = gridSize * gridSize;
  const step = { x: area.width / (gridSize - 1), y: area.height / (gridSize - 1) };
  const lead = new Float64Array(cells);
  context.strokeStyle = "#1b1f24";
  context.lineWidth = 1.5;
  context.lineCap = "round";
  context.beginPath();
  for (let c = classes === 2 ? 1 : 0; c < classes; c++) {
    for (let cell = 0; cell < cells; cell++) {
      if (classes === 2) {
        lead[cell] = shares[cell] - 127.5;
        continue;
      }
      let best = 0;
      for (let other = 0; other < classes; other++) {
        if (other !== c) best = Math.max(best, shares[other * cells + cell]);
      }
      lead[cell] = shares[c * cells + cell] - best + 0.01; // never 0: two classes may be level in bytes
    }
    for (let row = 0; row < gridSize - 1; row++) {
      for (let column = 0; column < gridSize - 1; column++) {
        const at = row * gridSize + column;
        const corners = [lead[at], lead[at + 1], lead[at + gridSize + 1], lead[at + gridSize]];
        const ends = crossings(corners).map(([dx, dy]) => [
          area.left + (column + dx) * step.x,
          area.top + area.height - (row + dy) * step.y,
        ]);
        for (let end = 0; end + 1 < ends.length; end += 2) {
          context.moveTo(...ends[end]);
          context.lineTo(...ends[end + 1]);
        }
      }
    }
  }
  context.stroke();
}

const cornerPlaces = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

/** Where the edges of a unit square are crossed, given the values at its corners in turn. */
function crossings(corners) {
  const places = [];
  for (let from = 0; from < 4; from++) {
    const to = (from + 1) % 4;
    if (corners[from] > 0 === corners[to] > 0) continue;
    const share = corners[from] / (corners[from] - corners[to]);
    places.push(
      [0, 1].map((axis) => cornerPlaces[from][axis] * (1 - share) + cornerPlaces[to][axis] * share),
    );
  }
  return places;
}

/** Between the four grid points around a place. */
function interpolate(values, start, size, x, y) {
  const column = Math.min(size - 2, Math.floor(x));
  const row = Math.min(size - 2, Math.floor(y));
  const [dx, dy] = [x - column, y - row];
  const at = start + row * size + column;
  return (
    (values[at] * (1 - dx) + values[at + 1] * dx) * (1 - dy) +
    (values[at + size] * (1 - dx) + values[at + size + 1] * dx) * dy
  );
}

function toRgb(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

function drawAxes(context, data, area) {
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = "#1b1f24";
  context.strokeStyle = "#57606a";
  context.lineWidth = 1;
  context.strokeRect(area.left + 0.5, area.top + 0.5, area.width - 1, area.height - 1);
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of data.xTicks) {
    const x = area.left + tick.at * area.width;
    line(context, x, area.top + area.height, x, area.top + area.height + 5);
    context.fillText(tick.text, x, area.top + area.height + 8);
  }
  context.fillText(data.xLabel, area.left + area.width / 2, area.top + area.height + 26);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of data.yTicks) {
    const y = area.top + (1 - tick.at) * area.height;
    line(context, area.left - 5, y, area.left, y);
    context.fillText(tick.text, area.left - 8, y);
  }
  context.save();
  context.translate(12, area.top + area.height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText(data.yLabel, 0, 0);
  context.restore();
}

function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** Each class has a shape of its own besides its colour. */
function drawSamples(context, data, area) {
  context.lineWidth = 1.25;
  for (const [x, y, sampleClass] of data.samples) {
    context.fillStyle = data.colours[sampleClass % data.colours.length];
    context.strokeStyle = "#ffffff";
    context.beginPath();
    traceShape(context, sampleClass % 3, area.left + x * area.width, area.top + (1 - y) * area.height, 4.5);
    context.fill();
    context.stroke();
  }
}

function traceShape(context, shape, x, y, r) {
  if (shape === 0) {
    context.arc(x, y, r, 0, 2 * Math.PI);
  } else if (shape === 1) {
    context.rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r);
  } else {
    context.moveTo(x, y - 1.2 * r);
    context.lineTo(x + 1.15 * r, y + 0.85 * r);
    context.lineTo(x - 1.15 * r, y + 0.85 * r);
    context.closePath();
  }
}

for (const box of document.querySelectorAll(".boundary")) showBoundary(box);
