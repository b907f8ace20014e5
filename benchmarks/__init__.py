"""isograd beside hand-written NumPy, eager torch, HIPS autograd and MyGrad, in one run.

``python -m benchmarks --help`` says how. A row is a `benchmarks.workload.Workload`: one
computation, written for each library.
"""
