"""Tagging with a trained model, without TensorFlow until one is needed."""
