import ctypes
import resource

import pytest

from tasks.compute.memory import reused_memory

BLOCK = 64 * 2**20


def faults_of_three_blocks():
    """Pages that the system hands out while the same block is filled and freed three times."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(3):
        assert len(b"x" * BLOCK) == BLOCK
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="no glibc here")
def test_what_is_freed_is_kept_for_the_next_block_and_returned_in_the_end():
    with reused_memory():
        faults_of_three_blocks()
        kept = faults_of_three_blocks()
    # A tenth of one block's pages: where the system hands out huge pages unasked, a block is 32 of them.
    assert kept < BLOCK // resource.getpagesize() // 10
    assert faults_of_three_blocks() > kept + 3 * 16
