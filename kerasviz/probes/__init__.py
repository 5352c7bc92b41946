"""Run a model and see inside: the tap, activations, gradients, scores."""
