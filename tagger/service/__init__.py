"""HTTP: `tagger serve` answers requests with tagged text. Needs the extra `serve`."""
