"""What all tests of the model share."""

import pytest


@pytest.fixture(autouse=True, params=[0, 8], ids=["kernel", "open"])
def few_queries(request, monkeypatch):
    """PyTorch's kernel for any number of queries, and our open path for few: both must be right."""
    monkeypatch.setattr("seq2seq.model.attention.FEW_QUERIES", request.param)
