"""Pages for everyone: the board, one checkpoint's figures, the clocks over time."""
