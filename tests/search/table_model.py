"""A toy language model whose search can be checked by trying everything."""

import itertools

import torch

BOS, A, B, EOS = range(4)
V = 4


class Prefixes:
    """What the toy remembers: everything each of W beams of N sentences has written."""

    def __init__(self, sentences, beams=1):
        """``sentences`` are numbers; each makes the toy another model, as a source text does."""
        self.rows = [[(number,)] * beams for number in sentences]

    def keep(self, sentences):
        self.rows = [self.rows[row] for row in sentences.tolist()]

    def reorder(self, parents_NW):
        parents = parents_NW.tolist()
        self.rows = [[row[p] for p in ps] for row, ps in zip(self.rows, parents, strict=True)]


class TableModel:
    """A random next-word distribution for every prefix; counts the sentences each step sees."""

    def __init__(self, seed=0, sharpness=1.5):
        self.seed = seed
        self.sharpness = sharpness
        self.batch_sizes = []
        self.table = {}

    def log_probs(self, prefix):
        """(V,) log-probabilities after ``prefix``: the sentence's number, <s>, words."""
        if prefix not in self.table:
            code = self.seed
            for word in prefix:
                code = code * 31 + word + 1
            rng = torch.Generator().manual_seed(code % 2**31)
            logits = self.sharpness * torch.randn(V, generator=rng, dtype=torch.float64)
            self.table[prefix] = logits.log_softmax(-1)
        return self.table[prefix]

    def step(self, last_NW, state):
        self.batch_sizes.append(len(last_NW))
        state.rows = [
            [(*prefix, word) for prefix, word in zip(row, words, strict=True)]
            for row, words in zip(state.rows, last_NW.tolist(), strict=True)
        ]
        return torch.stack([torch.stack([self.log_probs(p) for p in row]) for row in state.rows])

    def log_probability(self, sentence, words):
        """Σ log p of ``words``, </s> included if it is among them."""
        return sum(
            self.log_probs((sentence, BOS, *words[:t]))[word].item() for t, word in enumerate(words)
        )

    def everything(self, sentence, limit):
        """Every (ids, log-probability, finished) of at most ``limit`` words, </s> included."""
        words = [word for word in range(V) if word != EOS]
        for length in range(limit):
            for ids in itertools.product(words, repeat=length):
                yield list(ids), self.log_probability(sentence, (*ids, EOS)), True
        for ids in itertools.product(words, repeat=limit):
            yield list(ids), self.log_probability(sentence, ids), False
