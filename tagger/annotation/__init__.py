"""Texts to annotate: tagged beforehand, in the files of annotation tools, the least sure first."""
