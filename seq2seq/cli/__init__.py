"""The ``seq2seq`` command: one short file for each subcommand."""
