"""Small models, tokenizers and corpora that tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from seq2seq.config import DataConfig, ModelConfig, TokenizerConfig, TrainConfig
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, Tokenizer
from seq2seq.model.transformer import Transformer
from seq2seq.run import Run

torch.set_num_threads(1)  # models of width 16: threads cost more than they give

REPOSITORY = Path(__file__).resolve().parents[1]

PAIRS = [
    ("Hello, how are you?", "Bonjour, comment allez-vous\u00a0?"),
    ("I am hungry.", "J'ai faim."),
    ("Where is the station?", "Où est la gare\u00a0?"),
    ("She said «yes» to him.", "Elle lui a dit «\u00a0oui\u00a0»."),
    ("My sister eats an egg.", "Ma sœur mange un œuf."),
    ("We live in a small town.", "Nous habitons dans une petite ville."),
    ("They're late again!", "Ils sont encore en retard\u00a0!"),
    ("The boy is playing in the garden.", "Le garçon joue dans le jardin."),
]


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """A vocabulary of the eight pairs."""
    texts = [text for pair in PAIRS for text in pair]
    return Tokenizer.train(texts, TokenizerConfig(vocab_size=120))


@pytest.fixture
def model() -> Transformer:
    """A small untrained model in evaluation mode, in float64 so that equality can be strict."""
    return tiny_model().double()


def tiny_model(vocab_size: int = 40, **options: object) -> Transformer:
    """A model of width 16 with two blocks on either side, all of which have something to say."""
    torch.manual_seed(0)
    sizes = {"width": 16, "heads": 2, "ffn_width": 32, "encoder_layers": 2, "decoder_layers": 2}
    config = ModelConfig(**{**sizes, "dropout": 0.0, "max_length": 64, **options})
    model = Transformer(config, vocab_size, PAD_ID).eval()
    for weight in model.parameters():
        if weight.dim() == 2 and not weight.any():  # a sublayer that begins with silence
            torch.nn.init.xavier_uniform_(weight)
    return model


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, tokenizer: Tokenizer) -> Path:
    """A run with an untrained model, whose weights are large so that it has strong opinions.

    Some of its translations end, and some are cut at the length limit; as after training, ``<s>``
    is never written.
    """
    model = tiny_model(len(tokenizer))
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.mul_(3 if weight.dim() == 2 else 1)
        model.embedding.pieces.weight[EOS_ID] *= 2
        model.embedding.pieces.weight[BOS_ID] *= 0.3
    config = TrainConfig(data=DataConfig(name="x", train=["x.tsv"]), model=model.config)
    run = Run.create(tmp_path_factory.mktemp("runs") / "untrained", config)
    tokenizer.save(run.folder / "tokenizer.model")
    run.save_weights(model)
    return run.folder
