"""What a Keras model is made of, as plain data: paths, inputs, facts about layers."""
