import numpy as np
import pytest
import torch

from tasks.assessment.classifier import Labelled, accuracy, majority_accuracy, train_classifier
from tasks.assessment.feature_config import NetworkConfig
from tasks.assessment.network import seeded_network
from tasks.compute.progress import no_progress

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def lessons(squares) -> tuple[Labelled, Labelled]:
    return Labelled(*squares(320, 10)), Labelled(*squares(120, 11))


def read_history(folder) -> np.ndarray:
    return np.genfromtxt(folder / "history.csv", delimiter=",", names=True)


def test_plain_attributes_are_learned_and_unseen_images_told(lessons, tmp_path):
    config = NetworkConfig(epochs=8, batch_size=32)
    network, right = train_classifier(*lessons, config, CPU, tmp_path, no_progress)
    assert right > 0.9
    assert right == accuracy(network, lessons[1])
    assert majority_accuracy(*lessons) < 0.65
    history = read_history(tmp_path)
    assert history["epoch"].tolist() == list(range(1, 9))
    assert history["train_loss"][-1] < history["train_loss"][0] / 2


def test_an_attribute_of_which_nothing_is_known_gets_no_gradient(lessons, tmp_path):
    truth = lessons[0].attributes[:64].copy()
    truth[:, 1] = 0
    labelled = Labelled(lessons[0].images[:64], truth)
    config = NetworkConfig(epochs=1, batch_size=16)
    network, _ = train_classifier(labelled, labelled, config, CPU, tmp_path, no_progress)
    # The classifier starts at zero, and only weight decay, which keeps zero, touches what is not learned.
    assert torch.count_nonzero(network.classifier.weight[1]) == 0
    assert torch.count_nonzero(network.classifier.weight[0]) > 0


def test_accuracy_is_a_mean_over_attributes_of_what_is_known(lessons):
    network = seeded_network(2, 0).eval()
    with torch.no_grad():
        network.classifier.bias.copy_(torch.tensor([1.0, -1.0]))  # always says: there, absent
    images = lessons[0].images[:4]
    truth = np.array([[1, -1], [1, 1], [-1, 0], [1, 0]], np.int8)
    assert accuracy(network, Labelled(images, truth)) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert np.isnan(accuracy(network, Labelled(images, truth * 0)))


def test_the_majority_is_that_of_the_training_images(lessons):
    images = lessons[0].images
    training = Labelled(images[:3], np.array([[1, -1], [1, -1], [-1, 1]], np.int8))
    held_out = Labelled(images[:4], np.array([[-1, -1], [-1, -1], [1, 0], [-1, 1]], np.int8))
    assert majority_accuracy(training, held_out) == pytest.approx((1 / 4 + 2 / 3) / 2)
