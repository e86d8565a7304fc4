// The page but for its curves and its viewer, and its start.

/** Name and facts of the run. */
function showHeading(heading) {
  document.title = `${heading.name} – seq2seq report`;
  document.getElementById("name").textContent = heading.name;
  const count = (number) => (number === null ? null : number.toLocaleString("en"));
  const extra = heading.extra_pairs ? ` and ${count(heading.extra_pairs)} extra` : "";
  const pairs = heading.pairs === null ? "" : `${count(heading.pairs)} pairs${extra}`;
  const best = heading.best_step === null ? "" : `best at ${count(heading.best_step)}`;
  const device = heading.device === null ? "" : `on ${heading.device}`;
  const written = heading.written === null ? null : heading.written.slice(0, 10);
  const facts = [
    ["Model", `${(heading.parameters / 1e6).toFixed(2)} M parameters`, heading.model],
    ["Corpus", heading.corpus, pairs],
    ["Steps", count(heading.steps), best],
    ["Minutes", heading.minutes, device],
    ["Trained", written, ""],
  ];
  const fact = ([name, value, more]) => {
    const small = more ? element("small", {}, more) : null;
    return element("div", {}, element("dt", {}, name), element("dd", {}, String(value), small));
  };
  document.getElementById("facts").append(
    ...facts.filter(([, value]) => value !== null).map(fact),
  );
}

/** The scores of the first evaluation at large, and all in a table with their signatures. */
function showResults(results, name) {
  const place = document.getElementById("scores");
  if (results.length === 0) {
    place.append(
      advice("This run has not been evaluated yet. To score it:", `seq2seq evaluate run=${name}`),
    );
    return;
  }
  const [main] = results;
  const lines = results.flatMap((result) =>
    result.scores.map((score) => `${score.metric.padEnd(5)}  ${score.signature}`),
  );
  place.append(
    element("div", { class: "cards" }, ...main.scores.map(scoreCard)),
    element(
      "p",
      { class: "hint" },
      `${main.name}, ${main.sentences} sentences; ± is half of the 95 % confidence interval.`,
    ),
    scoreTable(results),
    element(
      "div",
      { class: "signatures" },
      ...[...new Set(lines)].map((line) => element("code", {}, line)),
    ),
  );
}

function scoreCard(score) {
  const direction = score.metric === "TER" ? "lower is better" : "higher is better";
  return element(
    "div",
    { class: "card" },
    element("span", { class: "metric" }, score.metric),
    element("span", { class: "value" }, ...scoreText(score)),
    element("span", { class: "hint" }, direction),
  );
}

function scoreText(score) {
  const spread = score.interval === null ? "" : ` ± ${score.interval.toFixed(1)}`;
  return [score.value.toFixed(1), element("small", {}, spread)];
}

function scoreTable(results) {
  const metrics = [...new Set(results.flatMap((result) => result.scores.map((s) => s.metric)))];
  const cell = (result, metric) => {
    const score = result.scores.find((one) => one.metric === metric);
    return element("td", {}, ...(score ? scoreText(score) : []));
  };
  const rows = results.map((result) => [
    result.name,
    element("td", {}, String(result.sentences)),
    ...metrics.map((metric) => cell(result, metric)),
  ]);
  return table("scores", ["Test set / search", "Sentences", ...metrics], rows);
}

/** A table of column heads and rows: each a name and its cells. */
function table(kind, heads, rows) {
  const head = (scope, text) => element("th", { scope }, text);
  const body = rows.map(([name, ...cells]) => element("tr", {}, head("row", name), ...cells));
  return element(
    "div",
    { class: "scroll" },
    element(
      "table",
      { class: kind },
      element("thead", {}, element("tr", {}, ...heads.map((text) => head("col", text)))),
      element("tbody", {}, ...body),
    ),
  );
}

/** A sentence and the command to type. */
function advice(sentence, command) {
  return element("p", { class: "note" }, `${sentence} `, element("code", {}, command));
}

function showCurves(charts) {
  const nothing = "This run has logged no steps, so there is nothing to draw.";
  const drawn = charts.length ? charts.map(buildChart) : [element("p", { class: "note" }, nothing)];
  document.getElementById("charts").append(...drawn);
}

/** Tables of blocks and heads as heat maps, and what reading the source is worth. */
function showHealth(health) {
  const place = document.getElementById("health-content");
  if (health === null) {
    const nothing = "No validation of this run examined its cross-attention.";
    place.append(element("p", { class: "note" }, nothing));
    return;
  }
  const step = health.step.toLocaleString("en");
  const worth = (health.loss_blind - health.loss).toFixed(2);
  const most = Math.max(health.loss, health.loss_blind);
  place.append(
    element(
      "p",
      { class: "lead" },
      `Measured at step ${step}, on validation pairs with their references.`,
    ),
    element(
      "div",
      { class: "worth" },
      lossBar("Loss", health.loss, most),
      lossBar("Loss, blind", health.loss_blind, most),
      element(
        "p",
        { class: "hint" },
        "Nats a target token, with cross-attention and with all of it silenced. ",
        `The difference, ${worth}, is what reading the source is worth.`,
      ),
    ),
    element("div", { class: "health-tables" }, ...health.tables.map(headTable)),
  );
}

function lossBar(name, loss, most) {
  const fill = element("span", { class: "fill" });
  fill.style.width = `${(100 * loss) / most}%`;
  return element(
    "div",
    { class: "loss-bar" },
    element("span", {}, name),
    element("span", { class: "track" }, fill),
    element("b", {}, loss.toFixed(2)),
  );
}

function headTable(figure) {
  const cell = (value) => {
    if (value === null) return element("td");
    const strength = Math.min(Math.max(value / figure.high, 0), 1);
    const rounded = Math.round(100 * value) / 100 + 0; // + 0: no "-0.00"
    const node = element("td", { class: strength > 0.55 ? "on-heat" : "" }, rounded.toFixed(2));
    node.style.setProperty("--strength", `${100 * strength}%`);
    return node;
  };
  const heads = range(figure.values[0].length).map((head) => `head ${head + 1}`);
  const rows = figure.values.map((row, layer) => [String(layer + 1), ...row.map(cell)]);
  return element(
    "figure",
    { class: "health-table" },
    element("h3", {}, figure.title),
    table("heat-table", ["block", ...heads], rows),
    element("figcaption", { class: "hint" }, figure.meaning),
  );
}

/** Source, hypothesis and reference of the worst and the best; some open in the viewer. */
function showSentences(report, openInViewer) {
  const place = document.getElementById("sentence-lists");
  if (report.worst.length === 0) {
    const command = `seq2seq evaluate run=${report.heading.name}`;
    place.append(advice("There is no evaluation to take sentences from. Make one:", command));
    return;
  }
  const viewable = new Set(report.viewer.tested.map((sentence) => sentence.src));
  const list = (title, sentences) => {
    const items = sentences.map((sentence) => {
      const open = viewable.has(sentence.src) ? () => openInViewer(sentence.src) : null;
      return sentenceItem(sentence, report.heading.languages, open);
    });
    const pairs = element("ol", { class: "pairs" }, ...items);
    return element("div", {}, element("h3", {}, title), pairs);
  };
  place.append(
    element(
      "p",
      { class: "lead" },
      `Of ${report.results[0].name}, by chrF2 of the sentence; of several references the first `,
      "is shown.",
    ),
    element(
      "div",
      { class: "two" },
      list("Worst", report.worst),
      report.best.length ? list("Best", report.best) : null,
    ),
  );
}

function sentenceItem(sentence, [source, target], open) {
  const line = (name, lang, text, kind = null) => [
    element("dt", {}, name),
    element("dd", { lang, class: kind }, text),
  ];
  const button = open && element("button", { type: "button", class: "quiet" }, "see its attention");
  button?.addEventListener("click", () => {
    open();
    document.getElementById("attention").scrollIntoView();
    document.getElementById("stage").focus({ preventScroll: true });
  });
  return element(
    "li",
    {},
    element("span", { class: "chrf", title: "chrF2" }, sentence.chrf.toFixed(1)),
    element(
      "dl",
      {},
      ...line("source", source, sentence.src),
      ...line("hypothesis", target, sentence.hypothesis || "(nothing)", "hypothesis"),
      ...line("reference", target, sentence.reference),
    ),
    button,
  );
}

/** What the viewer cannot show, and why. */
function showViewerNote(viewer) {
  const notes = [];
  if (viewer.probes.length + viewer.tested.length === 0) {
    notes.push("There is no sentence short enough to be drawn.");
  } else if (!viewer.probes.some((probe) => probe.views.some((view) => view.step !== null))) {
    notes.push("This run kept no weights of its validations: only the final model is shown.");
  }
  if (viewer.every > 1) {
    notes.push(`To keep the page small, one of every ${viewer.every} validations is shown.`);
  }
  const place = document.getElementById("viewer-note");
  place.hidden = notes.length === 0;
  place.textContent = notes.join(" ");
}

/** Light and dark: the system's wish until the button is pressed. */
function startTheme() {
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = (dark) => {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    button.setAttribute("aria-pressed", String(dark));
    document.dispatchEvent(new Event("themechange"));
  };
  show(system.matches);
  system.addEventListener("change", () => show(system.matches));
  button.addEventListener("click", () => show(document.documentElement.dataset.theme !== "dark"));
}

function start() {
  const report = JSON.parse(document.getElementById("data").textContent);
  startTheme();
  showHeading(report.heading);
  showResults(report.results, report.heading.name);
  showViewerNote(report.viewer);
  const openInViewer = startViewer(report);
  showCurves(report.charts);
  showHealth(report.health);
  showSentences(report, openInViewer);
}

start();
