"""The loss of an epoch, read back from the device only now and then."""

from __future__ import annotations

import math

import torch

from tasks.training.team import Team

BATCHES_AT_ONCE = 16
"""So many batches' losses are read from an accelerator together: at each reading it runs out of work."""


class EpochLoss:
    """The mean loss per image over the batches of an epoch; every process of a team gets the same.

    ``last``: of those read last, which the first batch always is. A CPU's losses are read at once, as they are there.
    """

    def __init__(self, team: Team, device: torch.device) -> None:
        self.last = math.nan
        self._team = team
        self._at_once = 1 if device.type == "cpu" else BATCHES_AT_ONCE
        self._unread: list[tuple[torch.Tensor, int]] = []
        self._sum, self._images = 0.0, 0

    def add(self, loss: torch.Tensor, images: int) -> None:
        """Take in the mean ``loss``, a scalar, of this process's share of a batch of so many ``images``."""
        self._unread.append((loss, images))
        if not self._images or len(self._unread) == self._at_once:
            self._read()

    def mean(self) -> float:
        """Over all images added."""
        if self._unread:
            self._read()
        return self._sum / self._images

    def _read(self) -> None:
        losses = torch.stack([loss for loss, _ in self._unread]).tolist()
        batches = [images for _, images in self._unread]
        shares = [share.stop - share.start for share in map(self._team.share, batches)]
        share, images = sum(shares), sum(batches)
        own = sum(loss * weight for loss, weight in zip(losses, shares, strict=True)) / share
        self.last = self._team.mean({"loss": own}, share)["loss"]
        self._sum, self._images = self._sum + self.last * images, self._images + images
        self._unread.clear()
