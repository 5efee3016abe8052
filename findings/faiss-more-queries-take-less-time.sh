#!/usr/bin/env bash
# Guess: IndexFlatL2.search takes time in proportion to the number of queries, and a batch of hundreds is computed by
# a product of matrices, as it was from 20 queries on.
# What happens: the product starts where queries x components >= 128,000. Just below that all pairs are compared one by
# one: 634 queries of 192 components take several times as long as 700, and as they took with 1.13.0.
# Version: faiss-cpu 1.15.1 (1.13.0 is as guessed), x86-64 with AVX2 or AVX-512. Met by whoever searches in batches of
# hundreds; faiss.cvar.distance_compute_blas_threshold now counts numbers, not queries, and sets it back.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cat > "$folder/search.py" <<'P'
import time
import faiss, numpy as np

faiss.omp_set_num_threads(1)
rng = np.random.default_rng(0)
points, queries = (rng.standard_normal((n, 192), np.float32) for n in (50_000, 700))
index = faiss.IndexFlatL2(192)
index.add(points)

def seconds(count):
    taken = []
    for _ in range(3):
        start = time.process_time()
        index.search(queries[:count], 5)
        taken.append(time.process_time() - start)
    return min(taken)

few, many = seconds(634), seconds(700)
print(f"faiss {faiss.__version__}: 634 queries {few:.2f} s, 700 queries {many:.2f} s, {few / many:.1f} times")
if faiss.__version__ == "1.15.1":
    assert few > 2 * many
    faiss.cvar.distance_compute_blas_threshold = 1024
    again = seconds(634)
    print(f"with distance_compute_blas_threshold = 1024: 634 queries {again:.2f} s")
    assert again < many * 1.3
else:
    assert few < many * 1.3
P
for version in 1.13.0 1.15.1; do
  python3 -m venv "$folder/v$version"
  "$folder/v$version/bin/pip" install --quiet --disable-pip-version-check "faiss-cpu==$version" numpy==2.3.5
  OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$folder/v$version/bin/python" "$folder/search.py"
done
