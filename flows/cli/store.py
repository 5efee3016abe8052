"""The commands that inspect and clean a store, and check the machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from flows.cli.options import Debug, StoreOption, clear_errors
from flows.console import configure_logging, console

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Key = Annotated[str, typer.Argument(help="A key or a unique prefix of one; 'latents/3f2a' works too.")]


def ls(store: StoreOption = "artifacts", as_json: AsJson = False, debug: Debug = False) -> None:
    """List the artifacts in the store: size, age, what made each, and how many others depend on it."""
    with clear_errors(debug):
        from flows.housekeeping.inventory import readable_age, readable_size, take_inventory
        from storage.opening import find_store

        inventory = take_inventory(find_store(store))
        if as_json:
            typer.echo(json.dumps([e.as_json(inventory.dependents(e)) for e in inventory.entries], indent=2))
            return
        rows = [
            (
                entry.artifact,
                entry.key,
                entry.made_by,
                entry.state,
                readable_size(entry.size),
                readable_age(entry.used),
                str(len(inventory.dependents(entry))),
            )
            for entry in inventory.entries
        ]
        _print_table(("artifact", "key", "made by", "state", "size", "last used", "dependents"), rows)
        total = readable_size(sum(entry.size for entry in inventory.entries))
        console.print(f"{len(rows)} artifacts, {total}, in {find_store(store).location}")


def _print_table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """On standard output, a line per row, without borders, so that grep and awk can read it."""
    widths = [max(len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    for row in (columns, *rows):
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def show(key: Key, store: StoreOption = "artifacts", as_json: AsJson = False, debug: Debug = False) -> None:
    """Show one artifact: its inputs and dependents, settings, facts and files."""
    with clear_errors(debug):
        from flows.housekeeping.inventory import readable_age, readable_size, take_inventory
        from flows.housekeeping.show import description
        from storage.opening import find_store

        opened = find_store(store)
        inventory = take_inventory(opened)
        entry = inventory.find(key)
        found = description(opened, inventory, entry)
        if as_json:
            typer.echo(json.dumps(found, indent=2))
            return
        made_by = {"/".join(other.id): other.made_by for other in inventory.entries}
        typer.echo(f"{entry.artifact}/{entry.key}: {entry.state}, {readable_size(entry.size)}")
        typer.echo(f"made by     {entry.made_by}")
        typer.echo(f"last used   {readable_age(entry.used)}")
        typer.echo(f"path        {found['path']}")
        for title, lines in (
            ("inputs", [f"{name}: {where}" for name, where in found["inputs"].items()]),
            ("missing inputs", found["missing_inputs"]),
            ("dependents", [f"{where}  {made_by[where]}" for where in found["dependents"]]),
            ("settings", _lines(found["config"])),
            ("facts", _lines(found["facts"])),
            ("code", _counted(found["code"])),
            ("files", _folded(found["files"])),
        ):
            if lines:
                typer.echo(f"{title}:")
                for line in lines:
                    typer.echo(f"  {line}")


def _lines(values: dict[str, Any] | None) -> list[str]:
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in (values or {}).items()]


def _counted(code: dict[str, Any] | None) -> list[str]:
    modules = (code or {}).get("modules", {})
    return [f"{len(modules)} modules; --json lists them"] if modules else []


def _folded(files: dict[str, int]) -> list[str]:
    """A line per file and per top-level folder of the artifact: a Zarr group has thousands of files."""
    from flows.housekeeping.inventory import readable_size

    sizes: dict[str, list[int]] = {}
    for path, size in files.items():
        top, inside, _ = path.partition("/")
        sizes.setdefault(top + inside, []).append(size)
    return [
        f"{name}  {readable_size(sum(parts))}" + (f" in {len(parts)} files" if name.endswith("/") else "")
        for name, parts in sizes.items()
    ]


def verify(
    key: Annotated[str | None, typer.Argument(help="A key or a unique prefix of one; by default everything.")] = None,
    store: StoreOption = "artifacts",
    debug: Debug = False,
) -> None:
    """Read every chunk and compare it with its checksum; exit status 1 if anything is damaged."""
    with clear_errors(debug):
        from flows.housekeeping.inventory import take_inventory
        from storage.opening import find_store
        from storage.verify import damaged_chunks

        opened = find_store(store)
        inventory = take_inventory(opened)
        entries = [inventory.find(key)] if key else [entry for entry in inventory.entries if entry.complete]
        damaged = 0
        for entry in entries:
            found = list(damaged_chunks(opened.fetch(*entry.id)))
            for damage in found:
                typer.echo(str(damage))
            if found:
                damaged += 1
                typer.echo(f"  delete {opened.artifact_location(*entry.id)} and run again to redo it")
        console.print(f"{len(entries)} artifacts read, {damaged} damaged")
    if damaged:
        raise SystemExit(1)


def gc(
    store: StoreOption = "artifacts",
    keep: Annotated[int, typer.Option(min=1, help="How many of each kind to keep, the most recently used first.")] = 1,
    copies: Annotated[
        bool,
        typer.Option("--copies", help="List this machine's copies of a remote store instead; the store is unchanged."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete; without this option, only list what would be deleted.")
    ] = False,
    debug: Debug = False,
) -> None:
    """List superseded artifacts that nothing kept depends on; delete them with --yes."""
    with clear_errors(debug):
        if copies:
            _gc_copies(store, yes)
            return
        from flows.housekeeping.gc import superseded, sweep
        from flows.housekeeping.inventory import readable_age, readable_size, take_inventory
        from storage.opening import find_store

        configure_logging(debug)
        opened = find_store(store)
        verdicts = superseded(take_inventory(opened), keep)
        rows = [
            (
                f"{one.entry.artifact}/{one.entry.key}",
                f"{one.entry.stage} {one.entry.about or ''}".strip(),
                readable_size(one.entry.size),
                readable_age(one.entry.used),
                one.reason,
            )
            for one in verdicts
        ]
        if not rows:
            console.print("Nothing to delete.")
            return
        _print_table(("artifact", "made by", "size", "last used", "reason"), rows)
        if not yes:
            total = readable_size(sum(one.entry.size for one in verdicts))
            console.print(f"{len(rows)} artifacts, {total}, would be deleted; --yes deletes them.")
            return
        from flows.in_use import store_in_use

        with store_in_use(opened, alone=True):
            deleted, locked = sweep(opened, superseded(take_inventory(opened), keep))
        for one in locked:
            console.print(f"{one.entry.artifact}/{one.entry.key} is in use and was kept.")
        total = readable_size(sum(one.entry.size for one in deleted))
        console.print(f"{len(deleted)} artifacts deleted, {total}.")


def _gc_copies(location: str, yes: bool) -> None:
    """Delete, or only list, the local copies of a remote store that no run would continue from."""
    from contextlib import nullcontext

    from flows.housekeeping.inventory import readable_age, readable_size
    from flows.in_use import store_in_use
    from storage.opening import find_store
    from storage.remote.copies import local_copies
    from storage.remote.store import RemoteStore
    from tasks.stage.errors import InputError

    store = find_store(location)
    if not isinstance(store, RemoteStore):
        raise InputError(
            f"{store.location} is a local folder, which has no copies; run 'latentfaces gc' without --copies"
        )
    with store_in_use(store, alone=True) if yes else nullcontext():
        found = list(local_copies(store))
        for copy in found if yes else []:
            if not copy.resumable:
                store.copy(copy.artifact, copy.key).delete_local()
    _print_table(
        ("copy of", "size", "written", "state"),
        [(f"{one.artifact}/{one.key}", readable_size(one.size), readable_age(one.used), one.state) for one in found],
    )
    total = readable_size(sum(one.size for one in found if not one.resumable))
    what = f"{sum(not one.resumable for one in found)} copies, {total}, in {store.root}"
    console.print(f"{what}: deleted." if yes else f"{what}, would be deleted; --yes deletes them.", soft_wrap=True)


def doctor(store: StoreOption = "artifacts", as_json: AsJson = False, debug: Debug = False) -> None:
    """Check versions, device, server, store and free space; exit status 1 if something is wrong."""
    with clear_errors(debug):
        from prefect.settings import PREFECT_API_URL

        from flows.housekeeping.doctor import examine

        findings = []
        for finding in examine(store, PREFECT_API_URL.value()):
            findings.append(finding)
            if not as_json:
                typer.echo(f"{finding.verdict:8} {finding.about:11} {finding.text}")
        if as_json:
            typer.echo(json.dumps([vars(finding) for finding in findings], indent=2))
    if any(finding.verdict == "problem" for finding in findings):
        raise SystemExit(1)
