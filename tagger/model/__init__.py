"""What training and tagging both know of a model: its folder, vocabularies, word features and transitions."""
