// Cross-attention as numbers: from the bytes of the page's data to one map of what is looked at.
//
// A view has T target pieces and S source pieces, </s> included on both sides, and weights of L
// blocks with H heads. Row t was used to predict target piece t: its output reading. One row
// further down, t is what the decoder has just read: its input reading. Neither has a row for </s>.

/** All (L, H, T, S) weights of a view, between 0 and 1. */
function decodeWeights(view) {
  return Float32Array.from(atob(view.weights), (byte) => byte.charCodeAt(0) / 255);
}

/**
 * The heads of a choice, each with its reading and its share of the mean.
 * Choices: "all", "aligning", "1:mean" (a block's mean), "1:2" (block 1, head 2, from 0).
 */
function headsOf(choice, reading, viewer) {
  if (choice === "aligning") {
    return viewer.aligning.flatMap((one) =>
      headsOf(`${one.layer}:${one.head ?? "mean"}`, one.reading, viewer).map((head) => ({
        ...head,
        share: head.share / viewer.aligning.length,
      })),
    );
  }
  const [layer, head] = choice.split(":");
  const layers = choice === "all" ? range(viewer.layers) : [Number(layer)];
  const heads = choice === "all" || head === "mean" ? range(viewer.heads) : [Number(head)];
  const share = 1 / (layers.length * heads.length);
  return layers.flatMap((l) => heads.map((h) => ({ layer: l, head: h, reading, share })));
}

/** Rows of target pieces (without </s>) over source pieces: the mean of some heads. */
function pieceMap(view, weights, heads, viewer) {
  const T = view.tgt_pieces.length;
  const S = view.src_pieces.length;
  return range(T - 1).map((t) => {
    const row = new Array(S).fill(0);
    for (const { layer, head, reading, share } of heads) {
      const read = reading === "input" ? t + 1 : t;
      const start = ((layer * viewer.heads + head) * T + read) * S;
      for (let s = 0; s < S; s++) row[s] += share * weights[start + s];
    }
    return row;
  });
}

/** Rows of target words over source words and </s>: source weights add up, rows are averaged. */
function wordMap(view, pieceRows) {
  const columns = view.src_words.length + 1;
  const rows = view.tgt_words.map(() => new Array(columns).fill(0));
  const totals = new Array(rows.length).fill(0);
  pieceRows.forEach((pieceRow, t) => {
    const summed = new Array(columns).fill(0);
    view.src_shares.forEach((words, s) => {
      for (const [word, share] of words) summed[word] += share * pieceRow[s];
    });
    summed[columns - 1] = pieceRow.at(-1);
    for (const [word, share] of view.tgt_shares[t]) {
      totals[word] += share;
      summed.forEach((weight, s) => (rows[word][s] += share * weight));
    }
  });
  return rows.map((row, word) => row.map((weight) => weight / totals[word]));
}

/** What is drawn: names of rows and columns, and the weights between them. */
function attentionMap(view, weights, choice, reading, unit, viewer) {
  const rows = pieceMap(view, weights, headsOf(choice, reading, viewer), viewer);
  if (unit === "pieces") {
    return { targets: view.tgt_pieces.slice(0, -1), sources: view.src_pieces, rows };
  }
  return {
    targets: view.tgt_words,
    sources: [...view.src_words, view.src_pieces.at(-1)],
    rows: wordMap(view, rows),
  };
}

/** 0, 1, …, count − 1. */
function range(count) {
  return Array.from({ length: count }, (_, index) => index);
}
