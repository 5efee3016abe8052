"""The application: what it answers, and that malformed and foreign requests do no harm."""

import base64
import io
import json
import re

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tasks.exploring.app import PAGE, make_app
from tasks.exploring.explorer import Explorer
from tasks.exploring.guard import LARGEST_BODY, own_name
from tasks.exploring.opened import OpenedStudy
from tasks.finished.artifacts import Artifacts

MEAN = {"start": {"kind": "mean"}}
GOOD = [
    MEAN,
    {"start": {"kind": "draw", "sampler": "manifold_parzen", "level": {"k": 5, "bandwidth": 0.5}, "seed": 3}},
    {"start": {"kind": "draw", "sampler": "interpolation", "level": {"mode": "spherical", "t": 0.25}}},
    {"start": {"kind": "real", "row": 3}, "axes": {"0": 1.5}, "attributes": {"Tall": -1}, "direction": "probe"},
    {"start": {"kind": "walk", "first": 1, "second": 2, "t": 0.3, "mode": "whitened"}, "components": {"2": 1}},
]


@pytest.fixture(scope="module")
def client(study):
    with TestClient(make_app(Explorer(study), "127.0.0.1"), base_url="http://127.0.0.1:8421") as client:
        yield client


def picture(uri):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))))


def unharmed(client):
    """The mean face is answered as ever."""
    return client.post("/api/face", json=MEAN).json()["z"]


@pytest.mark.parametrize("state", GOOD)
def test_faces(client, study, state):
    answer = client.post("/api/face", json=state).json()
    np.testing.assert_array_equal(picture(answer["face"]), study.decode(answer["z"])[0])
    assert set(answer["distances"]) == {"mahalanobis", "euclidean", "radius"}
    assert answer["integrity"]["broken"] == bool(study.broken(picture(answer["face"]))[0])
    again = client.post("/api/face", json={"start": {"kind": "point", "z": answer["z"]}}).json()
    assert (again["face"], again["z"]) == (answer["face"], answer["z"])


def test_a_face_is_recognised_or_broken_in_words(client, study):
    rows = study.points.train_index
    broken = study.broken(study.decode(study.z[rows]))

    def integrity(row):
        return client.post("/api/face", json={"start": {"kind": "real", "row": int(row)}}).json()["integrity"]

    whole, flagged = integrity(rows[~broken][0]), integrity(rows[broken][0])
    assert whole["text"] == "recognised by the autoencoder"
    assert whole["b"] <= whole["limit"] == flagged["limit"] < flagged["b"]
    assert re.fullmatch(
        r"broken: a second pass changes it \d+\.\d times as much as usual, and it lies \d+\.\d times as far out",
        flagged["text"],
    )


def test_a_study_that_was_not_scored_says_nothing_of_faces_and_starts_from_the_mean(artifacts):
    folders = (artifacts.dataset, artifacts.model, artifacts.latents, artifacts.statistics)
    bare = make_app(Explorer(OpenedStudy(Artifacts(*folders), "cpu")), "127.0.0.1")
    with TestClient(bare, base_url="http://127.0.0.1:8421") as client:
        assert client.post("/api/face", json=MEAN).json()["integrity"] is None
        why = client.get("/api/study").json()["recommended"]["why_not"]
    assert why.startswith("No answer yet: this study has not been scored yet")


def test_neighbours_and_real_images(client, study):
    found = client.post("/api/neighbours", json={"state": {"start": {"kind": "real", "row": 5}}, "count": 4}).json()
    rows = study.neighbours(study.z[5], 4).rows[0]
    assert [one["row"] for one in found] == rows.tolist()
    assert found[0]["name"] == study.names[rows[0]]
    np.testing.assert_array_equal(picture(found[0]["image"]), study.real(rows[0])[0])
    real = client.get("/api/real/5")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(real.content))), study.real(5)[0])
    assert client.get("/api/find", params={"name": "000120"}).json()[0] == {"row": 120, "name": "000120.jpg"}


def test_an_unknown_sampler_and_a_level_that_cannot_be_had_are_named(client):
    def error(sampler, **level):
        state = {"start": {"kind": "draw", "sampler": sampler, "level": level}}
        answer = client.post("/api/face", json=state)
        assert answer.status_code == 400
        return answer.json()["error"]

    assert error("nonsense").startswith("unknown sampler 'nonsense'; choose from uniform_common, ")
    assert error("gaussian_mixture", components=20).startswith("gaussian_mixture: components=20 is not possible: ")


def test_the_page_needs_nothing_from_elsewhere(client):
    for path in PAGE:
        answer = client.get(path)
        assert answer.status_code == 200
        assert not re.search(r"(?:src|href|url|from|import)\W{1,3}(?:https?:)?//", answer.text), path
        assert "default-src 'self'" in answer.headers["content-security-policy"]


MALFORMED = [
    b"", b"{", b"[]", b"null", b"0", b'"mean"', b"\xff\xfe", b"{}" * 3, b"NaN", b"[" * 5000,
    *(json.dumps(body).encode() for body in (
        {"start": None}, {"start": []}, {"start": "mean"}, {"start": {}}, {"start": {"kind": "moon"}},
        {"start": {"kind": "draw"}}, {"start": {"kind": "draw", "sampler": 3}},
        {"start": {"kind": "draw", "sampler": ""}}, {"start": {"kind": "draw", "sampler": "../../etc/passwd"}},
        {"start": {"kind": "draw", "sampler": "os"}}, {"start": {"kind": "draw", "sampler": "a" * 101}},
        {"start": {"kind": "draw", "sampler": "shuffled", "seed": -1}},
        {"start": {"kind": "draw", "sampler": "shuffled", "seed": 2**70}},
        {"start": {"kind": "draw", "sampler": "shuffled", "seed": 1.5}},
        {"start": {"kind": "draw", "sampler": "uniform_component", "level": {"fact": "x"}}},
        {"start": {"kind": "draw", "sampler": "uniform_component", "level": {"fact": -1}}},
        {"start": {"kind": "draw", "sampler": "uniform_component", "level": {"fact": [1]}}},
        {"start": {"kind": "draw", "sampler": "uniform_component", "level": [1]}},
        {"start": {"kind": "draw", "sampler": "uniform_component", "level": {"__class__": 1}}},
        {"start": {"kind": "draw", "sampler": "gaussian_mixture", "level": {"components": 1e6}}},
        {"start": {"kind": "draw", "sampler": "manifold_parzen", "level": {"k": 2.5}}},
        {"start": {"kind": "real"}}, {"start": {"kind": "real", "row": -1}}, {"start": {"kind": "real", "row": 1e30}},
        {"start": {"kind": "real", "row": "x"}}, {"start": {"kind": "real", "row": 300}},
        {"start": {"kind": "walk", "first": 0}}, {"start": {"kind": "walk", "first": 0, "second": 999}},
        {"start": {"kind": "walk", "first": 0, "second": 1, "t": 2}},
        {"start": {"kind": "walk", "first": 0, "second": 1, "mode": "round"}},
        {"start": {"kind": "point"}}, {"start": {"kind": "point", "z": []}}, {"start": {"kind": "point", "z": [0] * 5}},
        {"start": {"kind": "point", "z": ["a"] * 6}}, {"start": {"kind": "point", "z": [1e300] * 6}},
        {"start": {"kind": "point", "z": [None] * 6}}, {"start": {"kind": "point", "z": [[0] * 6]}},
        {"start": {"kind": "point", "z": [0] * 5000}},
        {**MEAN, "axes": []}, {**MEAN, "axes": {"x": 1}}, {**MEAN, "axes": {"-1": 1}}, {**MEAN, "axes": {"6": 1}},
        {**MEAN, "axes": {"0": 101}}, {**MEAN, "axes": {"0": None}}, {**MEAN, "axes": {"0": {}}},
        {**MEAN, "components": {"6": 1}}, {**MEAN, "components": 1}, {**MEAN, "components": {"1.5": 1}},
        {**MEAN, "attributes": {"Kind": 1}}, {**MEAN, "attributes": {"Tall": "much"}},
        {**MEAN, "direction": "up"}, {**MEAN, "direction": None}, {**MEAN, "correction": 7},
        {**MEAN, "unknown": 1}, {"start": {"kind": "mean", "z": [1]}},
    )),
    b'{"start": {"kind": "mean"}, "axes": {"0": NaN}}', b'{"start": {"kind": "mean"}, "axes": {"0": Infinity}}',
    b'{"start": {"kind": "mean"}, "correction": NaN}', b'{"start": {"kind": "point", "z": [NaN]}}',
]  # fmt: skip


@pytest.mark.parametrize("path", ["/api/face", "/api/neighbours"])
def test_malformed_requests_get_a_clear_error_and_do_no_harm(client, path):
    before = unharmed(client)
    bodies = MALFORMED if path == "/api/face" else [b'{"state": ' + body + b"}" for body in MALFORMED]
    for body in bodies:
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500, (body[:80], answer.text)
        assert answer.json()["error"], body[:80]
    assert len(bodies) > 60
    assert unharmed(client) == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/real/300", 400),
        ("GET", "/api/real/-1", 400),
        ("GET", "/api/real/x", 422),
        ("GET", "/api/real/..%2f..%2fetc%2fpasswd", 404),
        ("GET", "/../explorer.js/../app.py", 404),
        ("GET", "/app.py", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/api/face", 405),
        ("PUT", "/api/face", 405),
        ("DELETE", "/api/study", 405),
        ("GET", "/api/find?name=" + "a" * 201, 422),
        ("POST", "/api/neighbours", 422),
    ],
)
def test_what_is_not_there_is_a_clear_error_too(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
near = st.fixed_dictionaries(
    {"start": st.fixed_dictionaries({"kind": st.sampled_from(["draw", "real", "walk", "mean", "point"])}) | anything},
    optional={
        "axes": st.dictionaries(st.text(max_size=4), st.floats(), max_size=3) | anything,
        "attributes": anything,
        "correction": anything,
    },
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=anything | near)
def test_any_json_is_answered_or_refused(client, body):
    answer = client.post("/api/face", content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code == 200 or (400 <= answer.status_code < 500 and answer.json()["error"])


def test_a_body_that_is_too_large_is_refused(client):
    answer = client.post("/api/face", content=b" " * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert unharmed(client)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "faces.example.com"}, 421),
        ({"host": "127.0.0.1.example.com:8421"}, 421),
        ({"host": "127.0.0.1@example.com"}, 421),
        ({"host": "[::1"}, 400),
        ({"origin": "https://example.com"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "http://127.0.0.1:8421"}, 200),
        ({"host": "localhost:8421"}, 200),
        ({"host": "[::1]:8421"}, 200),
    ],
)
def test_other_hosts_and_origins_are_refused(client, headers, status):
    answer = client.get("/api/study", headers=headers)
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]


def test_the_name_it_is_bound_to_is_its_own():
    assert own_name("faces.lan:80", "faces.lan")
    assert not own_name("faces.lan:80", "127.0.0.1")
    assert not own_name("", "127.0.0.1")
