"""The network: from batches of ids to scores of tags. Knows nothing of files."""
