"""The tagging engine: ids, the network in either runtime, decoding, and `Tagger`."""
