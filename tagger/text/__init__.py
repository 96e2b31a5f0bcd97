"""Sentences, tagging schemes, and the formats in which sentences are read and written."""
