"""Redaction: names that a model finds, and numbers and addresses that patterns find, replaced in text."""
