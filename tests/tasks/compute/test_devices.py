import subprocess
import sys

import pytest
import torch

from tasks.compute.devices import choose_device, free_memory, repeatable
from tasks.stage.errors import InputError


def test_auto_prefers_an_accelerator():
    if torch.cuda.is_available():
        assert choose_device().type == "cuda"
    elif torch.backends.mps.is_available():
        assert choose_device().type == "mps"
    else:
        assert choose_device().type == "cpu"
    assert choose_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda:99", "tpu", "meta", "no device"])
def test_a_device_that_is_not_here_is_named(name):
    with pytest.raises(InputError, match=name):
        choose_device(name)


def test_free_memory_is_a_plausible_number_of_bytes():
    assert 2**20 < free_memory(torch.device("cpu")) < 2**50


@pytest.mark.parametrize("before", ["default", "warn", "error"])
def test_repeatable_puts_every_setting_back(before):
    threads = torch.get_num_threads()
    torch.set_deterministic_debug_mode(before)
    try:
        with repeatable(threads=1):
            assert torch.get_num_threads() == 1
            assert torch.are_deterministic_algorithms_enabled()
            assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert torch.get_num_threads() == threads
        assert torch.get_deterministic_debug_mode() == ["default", "warn", "error"].index(before)
    finally:
        torch.set_deterministic_debug_mode("default")


@pytest.mark.parametrize("before", [True, False])
def test_float32_is_not_rounded_on_a_gpu(before):
    backends = (torch.backends.cudnn, torch.backends.cuda.matmul)
    usual = [backend.allow_tf32 for backend in backends]
    try:
        for backend in backends:
            backend.allow_tf32 = before
        with repeatable():
            assert not any(backend.allow_tf32 for backend in backends)
        assert [backend.allow_tf32 for backend in backends] == [before, before]
    finally:
        for backend, value in zip(backends, usual, strict=True):
            backend.allow_tf32 = value


def test_repeatable_does_not_import_the_compiler():
    used = "with devices.repeatable(): sys.exit('torch._inductor' in sys.modules)"
    code = f"import sys\nfrom tasks.compute import devices\n{used}"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
