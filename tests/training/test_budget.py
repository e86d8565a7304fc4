"""Minutes become steps at the speed so far, validations included."""

from seq2seq.config import TrainingConfig
from seq2seq.training.budget import affordable_steps
from seq2seq.training.checkpoint import Progress

MINUTE = TrainingConfig(max_minutes=1, validate_every_steps=10)


def test_what_is_left_after_warm_up_goes_to_steps_and_validations():
    begun = Progress(step=5, seconds=6, step_seconds=5)
    assert affordable_steps(begun, MINUTE, validation_seconds=0) == 5 + 54  # a second each
    assert affordable_steps(begun, MINUTE, validation_seconds=10) == 5 + 22  # and one for its share


def test_a_budget_that_is_used_up_still_ends_with_a_step():
    late = Progress(step=5, seconds=300, step_seconds=300)
    assert affordable_steps(late, MINUTE, validation_seconds=10) == 6
