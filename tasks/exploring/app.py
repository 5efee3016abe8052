"""The explorer's web application: one page, and the questions that it asks."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from PIL import Image
from pydantic import Field
from starlette.exceptions import HTTPException

from tasks.exploring.describe import study_facts
from tasks.exploring.explorer import Explorer
from tasks.exploring.guard import Guard
from tasks.exploring.state import State
from tasks.page.images import png_bytes
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")

PAGE = {
    "/": ("explorer.html", "text/html"),
    "/explorer.css": ("explorer.css", "text/css"),
    "/explorer.js": ("explorer.js", "text/javascript"),
    "/controls.js": ("controls.js", "text/javascript"),
    "/drawing.js": ("drawing.js", "text/javascript"),
    "/state.js": ("state.js", "text/javascript"),
}
FOUND = 20
"""Names that a search lists at most."""


class NearestTo(StageConfig):
    """A question for the real images nearest to a state."""

    state: State
    count: int = Field(6, ge=1, le=48, description="how many")


def png(image: npt.NDArray[np.uint8]) -> bytes:
    """``image`` (S, S, 3) as a PNG file; compressed little, since it travels no farther than this machine."""
    return png_bytes(Image.fromarray(image), compress_level=1)


def _as_uri(image: npt.NDArray[np.uint8]) -> str:
    return "data:image/png;base64," + base64.b64encode(png(image)).decode()


def make_app(explorer: Explorer, host: str) -> FastAPI:
    """The application for a server bound to ``host``."""
    app = FastAPI(title="latentfaces", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, bound_to=host)
    facts = study_facts(explorer)
    for path, (name, kind) in PAGE.items():
        app.get(path)(_file(Path(__file__).with_name(name), kind))
    _answer_questions(app, explorer, facts)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(InputError)(_impossible)
    app.exception_handler(HTTPException)(_absent)
    app.exception_handler(Exception)(_failed)
    return app


def _file(path: Path, kind: str) -> Callable[[], FileResponse]:
    def serve() -> FileResponse:
        return FileResponse(path, media_type=kind, headers={"cache-control": "no-cache"})

    return serve


def _answer_questions(app: FastAPI, explorer: Explorer, facts: dict[str, Any]) -> None:
    study = explorer.study

    @app.get("/api/study")
    def _study() -> JSONResponse:
        return JSONResponse(facts)

    @app.post("/api/face")
    def _face(state: State) -> JSONResponse:
        view = explorer.view(state)
        return JSONResponse(
            {
                "face": _as_uri(view.face),
                "z": view.z.tolist(),
                "distances": view.distances,
                "nearer": view.nearer,
                "planes": view.planes.tolist(),
                "integrity": view.integrity and view.integrity._asdict(),
            }
        )

    @app.post("/api/neighbours")
    def _neighbours(asked: NearestTo) -> JSONResponse:
        count = min(asked.count, len(study.points.z_train))
        found = study.neighbours(explorer.point(asked.state), count)
        rows = found.rows[0]
        images = study.real(rows)
        return JSONResponse(
            [
                {"row": int(row), "name": study.names[row], "distance": float(distance), "image": _as_uri(image)}
                for row, distance, image in zip(rows, found.distances[0], images, strict=True)
            ]
        )

    @app.get("/api/real/{row}")
    def _real(row: int) -> Response:
        return Response(png(study.real(row)[0]), media_type="image/png", headers={"cache-control": "max-age=3600"})

    @app.get("/api/find")
    def _find(name: Annotated[str, Query(max_length=200)] = "") -> JSONResponse:
        found = [(row, known) for row, known in enumerate(study.names) if name.lower() in known.lower()][:FOUND]
        return JSONResponse([{"row": row, "name": known} for row, known in found])


def _malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    return JSONResponse({"error": f"{place}: {first['msg']}" if place else str(first["msg"])}, 422)


def _impossible(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 400)


def _absent(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": f"{request.url.path}: {error.detail}"}, error.status_code)


def _failed(request: Request, error: Exception) -> JSONResponse:
    log.error("%s failed", request.url.path, exc_info=error)
    return JSONResponse({"error": f"{type(error).__name__}; the command's log says more"}, 500)
