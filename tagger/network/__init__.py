"""The network, from batches of ids to scores of tags, and its weights in a model folder."""
