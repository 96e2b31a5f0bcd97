"""Language models from raw text: pretraining, and the text that they write."""
