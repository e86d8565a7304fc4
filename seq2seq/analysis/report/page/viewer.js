// The attention viewer: what is chosen, the controls that change it, and the word that is lit.

const READINGS = {
  output: "Output reading: what the decoder looks at when it is about to write the word.",
  input: "Input reading: what it looks at when it has just written the word, and so knows it.",
  aligning: "Each aligning head has its own reading.",
};
const TOLD = 4; // source words named in the sentence above the picture
const TELLING = 0.02; // weights below are not named
const FRAME = 700; // milliseconds a training step is shown when they play

/** Set the viewer up; returns a function that shows one of its sentences. */
function startViewer(report) {
  const viewer = report.viewer;
  const sentences = [...viewer.probes, ...viewer.tested];
  if (sentences.length === 0) {
    document.getElementById("viewer").hidden = true;
    return () => {};
  }
  const state = {
    sentence: sentences[0],
    number: sentences[0].views.length - 1, // of the view
    choice: "aligning",
    reading: "input",
    unit: "words",
    picture: "map",
    row: 0, // the target word that is lit
  };
  const byId = (id) => document.getElementById(id);
  const stage = byId("stage");
  stage.lang = report.heading.languages[1];
  let map = null;
  let weights = null;
  let playing = null;

  function show() {
    const view = state.sentence.views[state.number];
    weights = decodeWeights(view);
    map = mapOf(state.choice);
    (state.picture === "map" ? drawMap : drawLinks)(byId("drawing"), map);
    showStep(view);
    showReading();
    showHeads();
    showPair(view);
    light(Math.min(state.row, map.targets.length - 1));
  }

  function mapOf(choice) {
    const view = state.sentence.views[state.number];
    return attentionMap(view, weights, choice, state.reading, state.unit, viewer);
  }

  function showStep(view) {
    const views = state.sentence.views;
    byId("steps").hidden = views.length < 2;
    byId("step").max = views.length - 1;
    byId("step").value = state.number;
    byId("step").setAttribute("aria-valuetext", `step ${view.step}`);
    byId("step-value").textContent = view.step === null ? "" : view.step.toLocaleString("en");
  }

  function showReading() {
    const own = state.choice === "aligning";
    byId("reading").disabled = own;
    byId("reading-meaning").textContent = READINGS[own ? "aligning" : state.reading];
  }

  function showHeads() {
    for (const button of byId("heads").querySelectorAll("[role=radio]")) {
      const chosen = button.dataset.choice === state.choice;
      button.setAttribute("aria-checked", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      drawStamp(button.querySelector("canvas"), mapOf(button.dataset.choice));
    }
    byId("choice").textContent = nameOf(state.choice);
  }

  function nameOf(choice) {
    if (choice === "all") return "Mean of all heads";
    if (choice === "aligning") {
      const names = viewer.aligning.map((head) => head.name).join("; ");
      return viewer.chosen
        ? `The heads that align best with gold links: ${names}`
        : `No gold links chose the aligning heads, so these stand in for them: ${names}`;
    }
    const [layer, head] = choice.split(":");
    const which = head === "mean" ? "mean of its heads" : `head ${Number(head) + 1}`;
    return `Block ${Number(layer) + 1}, ${which}`;
  }

  function showPair(view) {
    const { reference, chrf } = state.sentence;
    const empty = map.targets.length === 0 ? "At this step the model wrote nothing. " : "";
    const known = reference === null ? "" : `Reference: ${reference} (chrF2 ${chrf.toFixed(1)})`;
    byId("pair").textContent = empty + known;
    byId("drawing").setAttribute("data-step", view.step ?? "");
  }

  /** Light a target word up, and the source words by what it gives them. */
  function light(row) {
    state.row = Math.max(row, 0);
    const lit = map.rows[state.row] ?? [];
    stage.classList.toggle("lit", lit.length > 0);
    for (const node of stage.querySelectorAll("[data-row]")) {
      const on = Number(node.dataset.row) === state.row;
      node.classList.toggle("on", on);
      if (node.classList.contains("target")) node.setAttribute("aria-selected", String(on));
    }
    for (const node of stage.querySelectorAll("svg > [data-column]")) {
      const weight = lit[Number(node.dataset.column)] ?? 0;
      node.style.setProperty("--weight", weight.toFixed(3));
      node.classList.toggle("on", weight >= 0.1);
      const label = node.querySelector(".weight");
      if (label) label.textContent = weight >= TELLING ? percent(weight) : "";
    }
    if (lit.length) stage.setAttribute("aria-activedescendant", `target-${state.row}`);
    else stage.removeAttribute("aria-activedescendant");
    tell(lit);
  }

  function tell(lit) {
    const most = lit
      .map((weight, s) => ({ weight, word: map.sources[s] }))
      .filter(({ weight }) => weight >= TELLING)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, TOLD);
    byId("looks").replaceChildren(
      ...(lit.length === 0
        ? []
        : [
            element("b", {}, map.targets[state.row]),
            " looks at ",
            ...most.flatMap(({ weight, word }, place) => [
              place ? ", " : "",
              element("i", {}, word),
              ` ${percent(weight)}`,
            ]),
          ]),
    );
  }

  function goTo(number) {
    state.number = Math.min(Math.max(number, 0), state.sentence.views.length - 1);
    show();
  }

  function play(on) {
    clearInterval(playing);
    playing = null;
    if (on) {
      const last = state.sentence.views.length - 1;
      if (state.number === last) goTo(0);
      playing = setInterval(() => {
        goTo(state.number + 1);
        if (state.number === last) play(false);
      }, FRAME);
    }
    byId("play").textContent = playing ? "❚❚" : "▶";
    byId("play").setAttribute("aria-label", playing ? "Pause" : "Play the training steps");
  }

  function open(sentence) {
    play(false);
    state.sentence = sentence;
    state.number = sentence.views.length - 1;
    state.row = 0;
    byId("sentence").value = sentences.indexOf(sentence);
    show();
  }

  fillSentences(byId("sentence"), viewer);
  buildHeads(byId("heads"), viewer, nameOf, (choice) => {
    state.choice = choice;
    show();
  });
  byId("sentence").addEventListener("change", (event) => open(sentences[event.target.value]));
  byId("step").addEventListener("input", (event) => {
    play(false);
    goTo(Number(event.target.value));
  });
  byId("play").addEventListener("click", () => play(playing === null));
  for (const name of ["picture", "unit", "reading"]) {
    byId(name).addEventListener("change", (event) => {
      state[name] = event.target.value;
      show();
    });
  }
  for (const act of ["pointerover", "click"]) {
    stage.addEventListener(act, (event) => {
      const row = event.target.closest("[data-row]");
      if (row && Number(row.dataset.row) !== state.row) light(Number(row.dataset.row));
    });
  }
  stage.addEventListener("keydown", (event) => {
    const last = map.targets.length - 1;
    const rows = {
      ArrowRight: state.row + 1,
      ArrowDown: state.row + 1,
      ArrowLeft: state.row - 1,
      ArrowUp: state.row - 1,
      Home: 0,
      End: last,
    };
    const steps = { PageUp: state.number - 1, PageDown: state.number + 1 };
    if (event.key in rows) light(Math.min(rows[event.key], last));
    else if (event.key in steps) goTo(steps[event.key]);
    else return;
    event.preventDefault();
  });
  document.addEventListener("themechange", showHeads);
  open(sentences[0]);
  return (src) => {
    const found = viewer.tested.find((sentence) => sentence.src === src);
    if (found) open(found);
    return Boolean(found);
  };
}
