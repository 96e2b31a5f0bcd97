"""What training and tagging share: the model folder, vocabularies, word features and more."""
