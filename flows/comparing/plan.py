"""The plan of a comparison: the plans of its studies, what they share, and the step that puts them side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from flows.comparing.config import CompareConfig, Configuration, configurations
from flows.outlook import Outlook, outlook
from flows.plan import Plan, PlanBuilder, data_digest
from flows.study_plan import plan_study, shown
from storage.artifact import ArtifactId
from storage.store import Store
from tasks.comparing.config import ComparisonConfig, Member
from tasks.ingestion.config import IngestConfig
from tasks.stage.errors import InputError
from tasks.stage.step import Step

ARTIFACTS = ("dataset", "model", "statistics", "scores")
"""Of each study what the comparison reads, beside its samples."""


@dataclass(frozen=True)
class Studies:
    """The studies of a comparison with their plans, the digests of their images, and the comparison's own step."""

    configurations: tuple[Configuration, ...]
    plans: tuple[Plan, ...]
    digests: Mapping[str, str]
    step: Step

    @cached_property
    def users(self) -> Counter[ArtifactId]:
        """How many studies need each step's result."""
        return Counter(step.result for plan in self.plans for step in plan.steps)

    @cached_property
    def shared(self) -> Plan:
        """The steps that several studies need, in an order in which they can run, each once."""
        steps = {step.result: step for plan in self.plans for step in plan.steps if self.users[step.result] > 1}
        return Plan(tuple(steps.values()))

    def missing(self, store: Store, number: int) -> list[Step]:
        """The steps of a study whose results are not in ``store``."""
        return [step for step in self.plans[number].steps if not store.is_complete(step.artifact, step.key)]


def plan_comparison(config: CompareConfig) -> Studies:
    """All studies of ``config``; images are read once for their digest, however many studies use them.

    Raises ``InputError`` that names the study and the field, or two studies that are one.
    """
    members = configurations(config)
    readings: dict[str, list[IngestConfig]] = defaultdict(list)
    for member in members:
        if member.data is not None:
            readings[member.data].append(member.study.ingest)
    digests = {source: data_digest(source, configs) for source, configs in readings.items()}
    stages = ("assess", "report") if config.reports else ("assess",)
    plans = tuple(plan_study(member.study, member.data, digests).upto(*stages) for member in members)
    _check_distinct(members, plans)
    return Studies(members, plans, digests, _comparison(config, members, plans))


def _check_distinct(members: tuple[Configuration, ...], plans: tuple[Plan, ...]) -> None:
    seen: dict[tuple[ArtifactId, ...], str] = {}
    for member, plan in zip(members, plans, strict=True):
        results = tuple(step.result for step in plan.steps)
        if results in seen:
            raise InputError(
                f"{seen[results]} and {member.name} are the same study: they differ only in settings that do not "
                "affect the result. Remove one of them, or replace the grid by a list of studies under 'also'"
            )
        seen[results] = member.name


def _comparison(config: CompareConfig, members: tuple[Configuration, ...], plans: tuple[Plan, ...]) -> Step:
    inputs: dict[str, ArtifactId] = {}
    for member, plan in zip(members, plans, strict=True):
        for step in plan.steps:
            if step.artifact in ARTIFACTS or step.artifact == "report":
                inputs[f"{step.artifact}/{member.name}"] = step.result
            elif step.artifact == "samples":
                inputs[f"samples/{member.name}/{step.about}"] = step.result
    page = ComparisonConfig(
        title=config.name,
        members=tuple(map(_placed, members, plans)),
        significance=config.significance,
        stable=config.stable,
        dpi=config.dpi,
    )
    code = ["tasks.comparing.compare", *shown(*(member.study for member in members))]
    build = PlanBuilder(members[0].study.dask)
    build.add("compare", "comparison", page, inputs, code, about=config.name)
    return replace(build.plan().steps[0], name="compare")


def _placed(member: Configuration, plan: Plan) -> Member:
    """The member with the key of its feature network."""
    network = next(step.key for step in plan.steps if step.artifact == "features")
    return member.member.model_copy(update={"network": network})


@dataclass(frozen=True)
class View:
    """Whether a step would run, and why, and for which studies: their names, or how many of them."""

    outlook: Outlook
    studies: str


def overview(studies: Studies, store: Store) -> Iterator[View]:
    """What each step of the comparison would do in ``store``, each once, shared ones first."""
    count = len(studies.plans)
    for view in outlook(studies.shared, store, []):
        used = studies.users[view.step.result]
        yield View(view, "all studies" if used == count else f"{used} studies")
    for member, plan in zip(studies.configurations, studies.plans, strict=True):
        unshared = Plan(tuple(step for step in plan.steps if studies.users[step.result] == 1))
        for view in outlook(unshared, store, []):
            yield View(view, member.name)
    for view in outlook(Plan((studies.step,)), store, []):
        yield View(view, "all studies")
