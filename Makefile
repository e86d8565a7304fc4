# Everything starts here: `make help` lists the targets. Each one sets up what it needs.
#   ARGS="..."  is handed on to the command:   make train ARGS="model=small training.max_minutes=20"
#   TEXT="..."  is the sentence to translate:  make translate TEXT="Hello, how are you?"
#   RUN=name    is the run to selfcheck:       make selfcheck RUN=my-run ARGS="--sentences 1000"
#   NPROC=2     is how many processes train-distributed starts on this machine
#   REFERENCE=pairs.tsv  is a corpus that data-check looks for repetitions from
#   TORCH=cpu   takes PyTorch's small CPU build instead of the CUDA one (Linux laptops)

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_PEERS := $(VENV)/.ready-peers
SEQ2SEQ := $(BIN)/seq2seq
NPROC ?= 2
TORCH ?= default
TORCH_CPU_INDEX ?= https://download.pytorch.org/whl/cpu

# The text reaches the program through the environment, untouched by make and by the shell.
override TEXT := $(value TEXT)
export TEXT

.PHONY: help setup train train-distributed evaluate translate report tensorboard bench-train \
	selfcheck bench-decode data-check test check format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 26

setup: $(READY) $(READY_DEV) ## create .venv with everything pinned by constraints.txt

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
ifeq ($(TORCH),cpu)
	$(BIN)/pip install --quiet --no-deps --constraint constraints.txt --index-url $(TORCH_CPU_INDEX) torch
endif
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(READY_DEV): $(READY)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(READY_PEERS): $(READY)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[peers]'
	@touch $@

train: $(READY) ## train on the starter corpus, or as ARGS say
	@$(SEQ2SEQ) train $(ARGS)

train-distributed: $(READY) ## the same in NPROC processes, one for each GPU or core
	@$(BIN)/torchrun --standalone --nproc-per-node=$(NPROC) --no-python $(SEQ2SEQ) train $(ARGS)

evaluate: $(READY) ## score the latest run on its test set, or as ARGS say
	@$(SEQ2SEQ) evaluate $(ARGS)

translate: $(READY) ## translate TEXT with the latest run (without TEXT: standard input)
	@$(SEQ2SEQ) translate $(ARGS) $${TEXT:+-- "$$TEXT"}

report: $(READY) ## write the latest run's report page, or as ARGS say
	@$(SEQ2SEQ) report $(ARGS)

tensorboard: $(READY) ## look at the runs: curves, texts, cross-attention
	@$(BIN)/tensorboard --logdir runs $(ARGS)

bench-train: $(if $(findstring --peer,$(ARGS)),$(READY_PEERS),$(READY)) ## measure the speed of training (ARGS="--peer": MarianMT beside it)
	@$(BIN)/python scripts/bench_training.py $(ARGS)

selfcheck: $(READY) ## prove that decoding with RUN (or the latest run) is exact
	@$(SEQ2SEQ) selfcheck $(if $(RUN),--run "$(RUN)") $(ARGS)

bench-decode: $(if $(findstring --peer,$(ARGS)),$(READY_PEERS),$(READY)) ## measure the speed of decoding (ARGS="--peer": other engines beside it)
	@$(BIN)/python scripts/bench_decoding.py $(ARGS)

data-check: $(READY_DEV) ## check the starter corpus
	@$(BIN)/python scripts/check_starter.py $(if $(REFERENCE),--reference "$(REFERENCE)") $(ARGS)

test: check ## lint, types, architecture, and all tests
	@$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

check: $(READY_DEV) ## lint, format, types and architecture only
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }

format: $(READY_DEV) ## format the code and fix what the linter can
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

clean: ## remove .venv, caches, downloads and prepared corpora; runs and your own files stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache data/cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
