"""Corpora of SequenceExample records: made, read, looked into, and batched."""
