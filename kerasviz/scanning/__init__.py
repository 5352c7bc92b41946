"""One pass over a data set: statistics of every channel that merge, its strongest samples, and the model's answers."""
