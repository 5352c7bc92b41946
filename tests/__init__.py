"""A package, so that a library which installs one named `tests` (tf-keras-vis does) cannot hide it."""
