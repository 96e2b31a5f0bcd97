"""Corpora of SequenceExample records: convert, read, inspect and batch them."""
