// Elements, and the two pictures of an attention map: a heat map, and links between two lines.
// Both pictures carry data-row on what belongs to a target word and data-column on source words.

const SVG = document.querySelector("svg").namespaceURI;
const CELL = { most: 42, least: 20, numbered: 24 }; // pixels
const ROOM = 500; // pixels that a map may take if its cells are not the least
const FAINT = 0.03; // weights below are no link worth a line
const LINE = { gap: 22, top: 58, height: 190 }; // pixels, of the links

/** An HTML element with attributes and children; text children are text, never markup. */
function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
function shape(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A weight as whole percent. */
function percent(weight) {
  return `${Math.round(100 * weight)} %`;
}

/** Width in pixels of a text in the font of the drawing. */
function textWidth(text) {
  const pen = (textWidth.pen ??= document.createElement("canvas").getContext("2d"));
  pen.font = getComputedStyle(document.getElementById("drawing")).font;
  return pen.measureText(text).width;
}

/** A target word: an option of the stage's listbox. */
function targetOption(row, ...children) {
  return shape(
    "g",
    {
      id: `target-${row}`,
      role: "option",
      "aria-selected": "false",
      class: "target",
      "data-row": row,
    },
    ...children,
  );
}

/** Target words down the left, source words along the top, a cell for each weight. */
function drawMap(drawing, map) {
  const { targets, sources, rows } = map;
  const fitting = Math.floor(ROOM / Math.max(targets.length, sources.length));
  const cell = Math.min(Math.max(fitting, CELL.least), CELL.most);
  const left = Math.max(...targets.map(textWidth), 40) + 22;
  const top = Math.max(...sources.map(textWidth), 40) * 0.71 + 26;
  const right = left + cell * sources.length + 8;
  const x = (column) => left + cell * column + (column === sources.length - 1 ? 6 : 0);
  const slant = textWidth(sources.at(-1)) * 0.71 + 12;
  resize(drawing, right + slant, top + cell * targets.length + 8);
  drawing.append(
    ...sources.map((word, s) =>
      shape(
        "text",
        {
          class: `source${s === sources.length - 1 ? " end" : ""}`,
          "data-column": s,
          transform: `translate(${x(s) + cell / 2 + 4} ${top - 10}) rotate(-45)`,
        },
        word,
      ),
    ),
    ...targets.map((word, t) => {
      const y = top + cell * t;
      return targetOption(
        t,
        shape("rect", { class: "hit", x: 0, y, width: right, height: cell }),
        shape(
          "text",
          { class: "word", x: left - 10, y: y + cell / 2 + 5, "text-anchor": "end" },
          word,
        ),
        ...rows[t].map((weight, s) => cellOf(weight, x(s), y, cell, s)),
        shape("rect", { class: "row-frame", x: left, y, width: right - left, height: cell }),
      );
    }),
  );
}

function cellOf(weight, x, y, cell, column) {
  const number = cell >= CELL.numbered && weight >= 0.005 ? Math.round(100 * weight) : "";
  return shape(
    "g",
    { "data-column": column },
    shape("rect", { class: "cell", x: x + 1, y: y + 1, width: cell - 2, height: cell - 2, rx: 3 }),
    shape("rect", {
      class: "heat",
      x: x + 1,
      y: y + 1,
      width: cell - 2,
      height: cell - 2,
      rx: 3,
      "fill-opacity": weight.toFixed(3),
    }),
    shape(
      "text",
      { class: `number${weight > 0.5 ? " on-heat" : ""}`, x: x + cell / 2, y: y + cell / 2 + 4 },
      String(number),
    ),
  );
}

/** Source words above, target words below, and a curve for each weight, the darker the more. */
function drawLinks(drawing, map) {
  const { targets, sources, rows } = map;
  const src = placeWords(sources);
  const tgt = placeWords(targets);
  const width = Math.max(src.width, tgt.width, 200);
  const srcX = src.centres.map((x) => x + (width - src.width) / 2);
  const tgtX = tgt.centres.map((x) => x + (width - tgt.width) / 2);
  const bottom = LINE.top + LINE.height;
  const middle = (LINE.top + bottom) / 2;
  const curve = (from, to) =>
    `M${from} ${LINE.top + 8}C${from} ${middle} ${to} ${middle} ${to} ${bottom - 8}`;
  resize(drawing, width, bottom + 44);
  drawing.append(
    ...rows.flatMap((row, t) =>
      row.map((weight, s) =>
        weight < FAINT
          ? null
          : shape("path", {
              class: "link",
              "data-row": t,
              d: curve(srcX[s], tgtX[t]),
              "stroke-opacity": weight.toFixed(3),
              "stroke-width": (1 + 4 * weight).toFixed(2),
            }),
      ),
    ).filter(Boolean),
    ...sources.map((word, s) =>
      shape(
        "g",
        { "data-column": s },
        chip(srcX[s], LINE.top - 8, word),
        shape("text", { class: "weight", x: srcX[s], y: LINE.top - 38, "text-anchor": "middle" }),
        shape(
          "text",
          {
            class: `source${s === sources.length - 1 ? " end" : ""}`,
            "data-column": s,
            x: srcX[s],
            y: LINE.top - 8,
            "text-anchor": "middle",
          },
          word,
        ),
      ),
    ),
    ...targets.map((word, t) =>
      targetOption(
        t,
        chip(tgtX[t], bottom + 18, word),
        shape("text", { class: "word", x: tgtX[t], y: bottom + 18, "text-anchor": "middle" }, word),
      ),
    ),
  );
}

/** Centres of words that stand side by side, and the width of them all. */
function placeWords(words) {
  let x = 0;
  const centres = words.map((word) => {
    const width = Math.max(textWidth(word), 14) + LINE.gap;
    x += width;
    return x - width / 2;
  });
  return { centres, width: x };
}

/** The ground behind a word, which lights up. */
function chip(x, baseline, word) {
  const width = Math.max(textWidth(word), 14) + 14;
  return shape("rect", {
    class: "chip",
    x: x - width / 2,
    y: baseline - 20,
    width,
    height: 29,
    rx: 6,
  });
}

function resize(drawing, width, height) {
  drawing.replaceChildren();
  drawing.setAttribute("viewBox", `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`);
  drawing.setAttribute("width", Math.ceil(width));
  drawing.setAttribute("height", Math.ceil(height));
}

/** A head's map in the size of a stamp: one pixel for each weight. */
function drawStamp(canvas, map) {
  canvas.width = Math.max(map.sources.length, 1);
  canvas.height = Math.max(map.targets.length, 1);
  const pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(canvas).color;
  map.rows.forEach((row, t) =>
    row.forEach((weight, s) => {
      pen.globalAlpha = Math.min(weight, 1);
      pen.fillRect(s, t, 1, 1);
    }),
  );
}
