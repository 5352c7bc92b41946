"""The samples a person looks at: anything Keras takes as input, one by one, never copied as a whole."""
