// What the viewer is steered by: the list of sentences, and a stamp for each head.

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The sentences in two groups. */
function fillSentences(select, viewer) {
  const option = (sentence, number) => {
    const score = sentence.chrf === null ? "" : `${sentence.chrf.toFixed(0)} · `;
    return element("option", { value: number }, score + sentence.src);
  };
  const shift = viewer.probes.length;
  const groups = [
    ["Probes, followed through training", viewer.probes.map(option)],
    [
      "Test sentences by the final model (chrF2)",
      viewer.tested.map((sentence, number) => option(sentence, shift + number)),
    ],
  ];
  select.append(
    ...groups
      .filter(([, options]) => options.length)
      .map(([label, options]) => element("optgroup", { label }, ...options)),
  );
}

/** A stamp for each head, each block's mean, all, and the aligning heads; arrow keys move. */
function buildHeads(group, viewer, nameOf, choose) {
  const stamp = (choice, caption) =>
    element(
      "button",
      {
        type: "button",
        role: "radio",
        class: "stamp",
        "data-choice": choice,
        "aria-label": nameOf(choice),
        title: nameOf(choice),
      },
      element("canvas", { "aria-hidden": "true" }),
      caption === "" ? null : element("span", {}, caption),
    );
  const grid = range(viewer.layers).map((layer) =>
    element(
      "div",
      { class: "block", role: "presentation" },
      element("span", { class: "block-name", "aria-hidden": "true" }, String(layer + 1)),
      ...range(viewer.heads).map((head) => stamp(`${layer}:${head}`, "")),
      stamp(`${layer}:mean`, ""),
    ),
  );
  const captions = [...range(viewer.heads).map((head) => String(head + 1)), "mean"];
  group.append(
    element(
      "div",
      { class: "whole", role: "presentation" },
      stamp("aligning", "aligning heads"),
      stamp("all", "all heads"),
    ),
    element(
      "div",
      { class: "block captions", "aria-hidden": "true" },
      element("span", { class: "block-name" }, "block"),
      ...captions.map((caption) => element("span", {}, caption)),
    ),
    ...grid,
  );
  const lines = [...group.querySelectorAll(".whole, .block:not(.captions)")].map((line) => [
    ...line.querySelectorAll("[role=radio]"),
  ]);
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[role=radio]");
    if (button) choose(button.dataset.choice);
  });
  group.addEventListener("keydown", (event) => {
    if (!(event.key in MOVES)) return;
    const [down, right] = MOVES[event.key];
    const y = lines.findIndex((line) => line.includes(document.activeElement));
    const x = lines[y].indexOf(document.activeElement);
    const line = lines[Math.min(Math.max(y + down, 0), lines.length - 1)];
    const next = line[Math.min(Math.max(x + right, 0), line.length - 1)];
    choose(next.dataset.choice);
    next.focus();
    event.preventDefault();
  });
}
