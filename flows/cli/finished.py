"""The commands that use a finished study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import Debug, LevelOption, ModelOption, StoreOption, clear_errors
from flows.console import configure_logging


def generate(
    out: Annotated[Path | None, typer.Option(help="Folder for the faces and their contact sheet.")] = None,
    points: Annotated[
        Path | None, typer.Option(help="File for the latent points themselves (.npy), in place of faces.")
    ] = None,
    sampler: Annotated[
        str | None, typer.Option(help="Sampler to draw with; by default the one that the study recommends.")
    ] = None,
    having: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="ATTRIBUTE", help="Draw faces with this attribute; repeatable."),
    ] = None,
    lacking: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="ATTRIBUTE", help="Draw faces without this attribute; repeatable."),
    ] = None,
    guidance: Annotated[
        float | None,
        typer.Option(help="Of the flow given attributes, if the study trained one: more than 1 exaggerates them."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Draw variations of this face: an image file, or a name in the data set."),
    ] = None,
    distance: Annotated[
        float | None,
        typer.Option(help="How far variations go, as a share of the distance to a stranger; 0.5 by default."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Number of faces, or of points.")] = 21,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
    level: LevelOption = None,
    model: ModelOption = None,
    study: Annotated[
        str | None, typer.Option(help="Key of the points of a study of points alone; with --points only.")
    ] = None,
    store: StoreOption = "artifacts",
    debug: Debug = False,
) -> None:
    """Draw new faces from a finished study: PNG files and a contact sheet; or new latent points (--points).

    --with and --without choose attributes; --like draws variations of a face.
    """
    with clear_errors(debug):
        from tasks.stage.errors import InputError

        if (out is None) == (points is None):
            raise InputError("give --out FOLDER for faces, or --points FILE.npy for latent points")
        if like is None and distance is not None:
            raise InputError("--distance goes with --like FILE, the face to vary")
        if like is not None and (sampler or level or having or lacking or guidance or points is not None):
            raise InputError("--like draws around a face: it goes with --out, --distance, --count and --seed alone")
        from flows.generate import Draw, parse_level
        from tasks.sampling.labels import asked_for

        attributes = asked_for(having or [], lacking or [])
        configure_logging(debug)
        asked = Draw(sampler, count, seed, parse_level(level or []), attributes, guidance)
        if points is not None:
            from flows.points.generate import generate_points

            made = generate_points(store, asked, model, study, points)
        else:
            from flows.generate import generate_faces, generate_variations

            if study is not None:
                raise InputError("points alone have no decoder: --study goes with --points FILE.npy")
            assert out is not None
            if like is not None:
                made = generate_variations(store, like, 0.5 if distance is None else distance, count, seed, model, out)
            else:
                made = generate_faces(store, asked, model, out)
    typer.echo(str(made))


def explore(
    model: ModelOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the default is reachable from this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 8421,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
    store: StoreOption = "artifacts",
    debug: Debug = False,
) -> None:
    """Explore the latent space of a finished study in a browser."""
    with clear_errors(debug):
        from flows.explore import explore as serve_page

        configure_logging(debug)
        serve_page(store, model, host, port, not no_open, typer.echo)


def export(
    out: Annotated[Path, typer.Option(help="Folder to write; created if it does not exist.")],
    sampler: Annotated[
        str | None, typer.Option(help="Sampler to export; by default the one that the study recommends.")
    ] = None,
    level: LevelOption = None,
    onnx: Annotated[
        bool | None,
        typer.Option("--onnx/--no-onnx", help="Write ONNX files too; by default if the packages are installed."),
    ] = None,
    attributes: Annotated[
        bool,
        typer.Option("--attributes", help="Let the scripts take --with and --without too; exports all latent points."),
    ] = False,
    model: ModelOption = None,
    store: StoreOption = "artifacts",
    debug: Debug = False,
) -> None:
    """Export decoder, encoder and the recommended sampler, with a script that makes faces from them."""
    with clear_errors(debug):
        from flows.export import export_study

        configure_logging(debug)
        card = export_study(store, model, out, sampler, level or [], onnx, attributes)
    typer.echo(str(card))


def interpolate(
    first: Annotated[str, typer.Option("--from", metavar="NAME", help="The image to start from.")],
    second: Annotated[str, typer.Option("--to", metavar="NAME", help="The image to end at.")],
    out: Annotated[Path, typer.Option(help="PNG file to write.")] = Path("interpolation.png"),
    steps: Annotated[int, typer.Option(min=2, help="Faces per row, both ends included.")] = 9,
    model: ModelOption = None,
    store: StoreOption = "artifacts",
    debug: Debug = False,
) -> None:
    """Interpolate between two images of a study: on a straight line and on two kinds of great circle."""
    with clear_errors(debug):
        from flows.interpolate import interpolate_images

        configure_logging(debug)
        sheet = interpolate_images(store, first, second, steps, model, out)
    typer.echo(str(sheet))
