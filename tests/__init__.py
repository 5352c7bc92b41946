"""A package, so that `tests.…` is this folder also beside a library that installs a `tests` of its own (tf-keras-vis)."""
