"""What training and tagging share: model folder, vocabularies, word features, transitions, batching."""
