"""What all tests of the model share."""

import pytest


@pytest.fixture(autouse=True, params=[0, 2**12], ids=["kernel", "open"])
def open_scores(request, monkeypatch):
    """PyTorch's kernel for maps of any size, and our open path for small ones: both are right."""
    monkeypatch.setattr("seq2seq.model.attention.OPEN_SCORES", request.param)
