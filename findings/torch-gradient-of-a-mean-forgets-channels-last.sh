#!/usr/bin/env bash
# Guess: where prediction and target are channels_last, so is the gradient of ((prediction - target) ** 2).mean(), as
# elementwise operations keep the memory format of their operands.
# What happens: the gradient is contiguous, as it is after mse_loss, l1_loss, smooth_l1_loss and huber_loss; after
# .sum() / numel() or binary_cross_entropy it is channels_last. The gradient of x.mean() itself is a full contiguous
# tensor, whose order wins; that of x.sum() is an expanded scalar, which has none.
# Version: torch 2.13.0, CPU. Met by whoever trains a channels_last network and looks at strides in a backward hook,
# or writes a custom backward that takes its gradient for channels_last.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cat > "$folder/order.py" <<'P'
import torch
from torch.nn import functional as F

LOSSES = {
    "((a - b) ** 2).mean()": (lambda a, b: ((a - b) ** 2).mean(), False),
    "mse_loss": (F.mse_loss, False),
    "l1_loss": (F.l1_loss, False),
    "smooth_l1_loss": (F.smooth_l1_loss, False),
    "huber_loss": (F.huber_loss, False),
    "((a - b) ** 2).sum() / n": (lambda a, b: ((a - b) ** 2).sum() / a.numel(), True),
    "binary_cross_entropy": (F.binary_cross_entropy, True),
}
torch.manual_seed(0)
network = torch.nn.Conv2d(4, 3, 3, padding=1).to(memory_format=torch.channels_last)
inputs = torch.rand(2, 4, 16, 16).to(memory_format=torch.channels_last)
target = torch.rand(2, 3, 16, 16).to(memory_format=torch.channels_last)
print("torch", torch.__version__)
x = target.detach().requires_grad_()
for name, value in (("x.mean()", x.mean()), ("x.sum()", x.sum())):
    print(f"{name:26} gradient strides {torch.autograd.grad(value, x)[0].stride()}")
gradients = {}
for name, (loss, kept) in LOSSES.items():
    predicted = network(inputs).sigmoid()
    assert predicted.is_contiguous(memory_format=torch.channels_last)
    (gradient,) = torch.autograd.grad(loss(predicted, target), predicted)
    found = gradient.is_contiguous(memory_format=torch.channels_last)
    print(f"{name:26} gradient {'channels_last' if found else 'contiguous':14} strides {gradient.stride()}")
    assert found == kept and gradient.is_contiguous() != kept
    gradients[name] = gradient
torch.testing.assert_close(gradients["((a - b) ** 2).mean()"], gradients["((a - b) ** 2).sum() / n"])
P
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" "$folder/order.py"
