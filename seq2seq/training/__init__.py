"""Training: loss, optimizer, checkpoints, logs, and the loop that ties them together."""
