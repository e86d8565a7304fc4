"""Every option of the project: its name, type, default, unit and meaning, in one typed schema.

The YAML files in ``configs/`` only choose among these; a default is stated here and nowhere else.
``OmegaConf.to_object`` turns what Hydra composed into these plain dataclasses, whose
``__post_init__`` refuses impossible combinations before any data is read.
"""

from seq2seq.config.commands import Device, EvaluateConfig, PrepareConfig, TrainConfig
from seq2seq.config.data import CleaningConfig, DataConfig, Protocol, TokenizerConfig
from seq2seq.config.decoding import DecodingConfig, LengthPenalty
from seq2seq.config.model import ModelConfig, Norm
from seq2seq.config.training import AlignmentConfig, Precision, Schedule, TrainingConfig

__all__ = [
    "AlignmentConfig",
    "CleaningConfig",
    "DataConfig",
    "DecodingConfig",
    "Device",
    "EvaluateConfig",
    "LengthPenalty",
    "ModelConfig",
    "Norm",
    "Precision",
    "PrepareConfig",
    "Protocol",
    "Schedule",
    "TokenizerConfig",
    "TrainConfig",
    "TrainingConfig",
]
