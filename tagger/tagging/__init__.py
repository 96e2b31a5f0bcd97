"""Bulk tagging: whole files, several processes, and Ray clusters."""
