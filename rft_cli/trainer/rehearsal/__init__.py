"""The rehearsal engine: GRPO with LoRA on a small character-level transformer, in NumPy.

Run as ``python -m rft_cli.trainer.rehearsal <run folder>`` with the project root as working directory. It trains on any data set
with any evaluator, in seconds and deterministically; the model is far too small to be useful. See ``docs/rehearsal.md``.

Importing the package fixes the number of BLAS threads to one: with more, sums are taken in another order and a run's numbers
change, and at these sizes one thread is also the fastest.
"""

from __future__ import annotations

import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = "1"
