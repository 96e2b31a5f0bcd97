"""The tagging engine: ids, the network in ONNX Runtime or TensorFlow, decoding, and `Tagger`."""
