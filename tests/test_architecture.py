"""Files and functions stay small; the direction of imports is held by import-linter."""

import ast

from tests.conftest import REPOSITORY

SOURCES = sorted((REPOSITORY / "seq2seq").rglob("*.py"))


def test_no_file_is_over_350_lines_and_no_function_over_60():
    for path in SOURCES:
        text = path.read_text("utf-8")
        assert text.count("\n") <= 350, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 60, f"{path}: {node.name}"


def test_every_module_is_mirrored_by_a_test():
    names = {path.name for path in (REPOSITORY / "tests").rglob("test_*.py")}
    covered_elsewhere = {
        "errors.py", "options.py", "__init__.py", "main.py", "hydra_command.py",  # test_config.py
        "blocks.py", "embedding.py",  # test_transformer.py
        "checkpoint.py", "manifest.py", "muon.py",  # test_resume.py, test_log.py, test_optimizer.py
        "translation.py", "candidate.py",  # translator/
        "train.py", "prepare.py",  # test_readme.py, test_resume.py
        "data.py", "model.py", "training.py", "decoding.py", "commands.py",  # test_config.py
    }  # fmt: skip
    for path in SOURCES:
        if path.name not in covered_elsewhere:
            assert f"test_{path.name}" in names, path
