"""A trained network in formats that others run: ONNX, SavedModel."""
