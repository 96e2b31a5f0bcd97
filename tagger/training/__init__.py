"""The training run: the loop, what moves the weights, and what is written down."""
