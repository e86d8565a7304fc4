// Learning curves. The legend doubles as the readout: it shows the values at the step pointed at.

const BOX = { width: 400, height: 230, left: 34, right: 12, top: 10, bottom: 28 };

/** One chart with its legend; pointer or arrow keys move through its steps. */
function buildChart(chart) {
  const series = chart.series.filter((one) => one.points.length);
  const all = series.flatMap((one) => one.points);
  const steps = [...new Set(all.map(([step]) => step))].sort((a, b) => a - b);
  const values = all.map(([, value]) => value);
  const yTicks = ticks(Math.min(...values), Math.max(...values), 5);
  const xTicks = ticks(0, steps.at(-1), 4).filter((step) => step <= steps.at(-1));
  const x = scale(0, Math.max(steps.at(-1), 1), BOX.left, BOX.width - BOX.right);
  const y = scale(yTicks[0], yTicks.at(-1), BOX.height - BOX.bottom, BOX.top);

  const cursor = shape("line", { class: "cursor", y1: BOX.top, y2: BOX.height - BOX.bottom });
  const dots = series.map((_, number) => shape("circle", { class: `dot series-${number}`, r: 4 }));
  const readouts = series.map(() => element("b"));
  const stepReadout = element("span", { class: "at-step" });
  const plot = shape(
    "svg",
    { viewBox: `0 0 ${BOX.width} ${BOX.height}`, "aria-hidden": "true" },
    ...axes(xTicks, yTicks, x, y),
    ...series.map((one, number) =>
      shape("polyline", {
        class: `curve series-${number}`,
        points: path(one.points, x, y),
      }),
    ),
    cursor,
    ...dots,
  );
  const slider = element(
    "div",
    {
      class: "plot",
      tabindex: 0,
      role: "slider",
      "aria-label": `${chart.title}, by training step`,
      "aria-valuemin": 0,
      "aria-valuemax": steps.length - 1,
    },
    plot,
  );
  let at = 0;

  function moveTo(number) {
    at = Math.min(Math.max(number, 0), steps.length - 1);
    const nearest = series.map((one) => nearestPoint(one.points, steps[at]));
    cursor.setAttribute("x1", x(steps[at]));
    cursor.setAttribute("x2", x(steps[at]));
    nearest.forEach(([step, value], number_) => {
      dots[number_].setAttribute("cx", x(step));
      dots[number_].setAttribute("cy", y(value));
      readouts[number_].textContent = value.toFixed(2);
    });
    stepReadout.textContent = `step ${steps[at].toLocaleString("en")}`;
    const told = nearest.map(([, value], index) => `${series[index].name} ${value.toFixed(2)}`);
    slider.setAttribute("aria-valuenow", at);
    slider.setAttribute("aria-valuetext", `step ${steps[at]}: ${told.join(", ")}`);
  }

  slider.addEventListener("pointermove", (event) => {
    const frame = plot.getBoundingClientRect();
    const wanted = ((event.clientX - frame.left) / frame.width) * BOX.width;
    const distances = steps.map((step) => Math.abs(x(step) - wanted));
    moveTo(distances.indexOf(Math.min(...distances)));
  });
  slider.addEventListener("keydown", (event) => {
    const moves = {
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      Home: 0,
      End: steps.length - 1,
    };
    if (!(event.key in moves)) return;
    moveTo(moves[event.key]);
    event.preventDefault();
  });
  moveTo(steps.length - 1);
  return element(
    "figure",
    { class: "chart" },
    element(
      "figcaption",
      {},
      element("h3", {}, chart.title),
      element("span", { class: "unit" }, chart.unit),
    ),
    slider,
    element(
      "p",
      { class: "legend" },
      ...series.map((one, number) =>
        element("span", { class: `key series-${number}` }, `${one.name} `, readouts[number]),
      ),
      stepReadout,
    ),
  );
}

/** Grid lines with their values, and the steps below. */
function axes(xTicks, yTicks, x, y) {
  const label = (text, left, top, anchor) =>
    shape("text", { class: "tick", x: left, y: top, "text-anchor": anchor }, text);
  const line = (height) =>
    shape("line", {
      class: "grid",
      x1: BOX.left,
      x2: BOX.width - BOX.right,
      y1: height,
      y2: height,
    });
  const foot = BOX.height - BOX.bottom + 20;
  return [
    ...yTicks.flatMap((v) => [line(y(v)), label(neat(v), BOX.left - 8, y(v) + 4, "end")]),
    ...xTicks.map((step) => label(step.toLocaleString("en"), x(step), foot, "middle")),
  ];
}

/** The points of a polyline. */
function path(points, x, y) {
  return points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
}

/** About `count` round numbers that reach from `low` to `high`. */
function ticks(low, high, count) {
  const span = Math.max(high - low, 1e-3);
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= count);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  return range(last - first + 1).map((number) => (first + number) * step);
}

function scale(low, high, from, to) {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

function nearestPoint(points, step) {
  return points.reduce((best, point) =>
    Math.abs(point[0] - step) < Math.abs(best[0] - step) ? point : best,
  );
}

/** A number without the dust of floating point. */
function neat(value) {
  return String(Number(value.toPrecision(6)));
}
