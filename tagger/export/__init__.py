"""A trained network in formats that others run: ONNX, SavedModel. Nothing but `cli` and `training` imports it."""
