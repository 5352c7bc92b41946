"""How fast kerasviz is, beside the fastest that the same mathematics can be (`make bench`).

    python -m tests.benchmarks [--models mnist,mobilenet,resnet] [--backends tensorflow,jax,torch] [--peers] [--quick]

Absolute times say little on a shared machine. So each work is timed in turn with its *limit* (the same mathematics
hand-written in one compiled function, see `by_hand`) in one process, and what counts is the ratio. Nothing here is a
test with a clock: the table says what was reached, a person reads it.

To add a work (SmoothGrad, occlusion, …): one hand-written function per backend in `by_hand/`, one line in `works.py`.
"""
