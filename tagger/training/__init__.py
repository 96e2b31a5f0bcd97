"""Training: configuration and corpora to a model folder. Read `train.py` first."""
