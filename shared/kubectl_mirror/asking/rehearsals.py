"""Rehearsals: what the API server says of a plan's writes, asked of one example of each kind."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from kubectl_mirror.asking.deeds import Deed, deed_of
from kubectl_mirror.asking.stand_ins import made_up, of_a_mirror
from mirroring.errors import (
    AlreadyExists,
    ApiError,
    Forbidden,
    Invalid,
    NamespaceGone,
    Stale,
    Unauthorized,
    Unavailable,
)
from mirroring.objects.changes import Delete
from mirroring.planning.manifests import Manifests
from mirroring.planning.steps import Op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kubectl_mirror.asking.forecasts import Forecast, Prospect
    from kubectl_mirror.asking.suppositions import Supposition
    from mirroring.cluster.protocols import Reader, Writer
    from mirroring.codes import Code
    from mirroring.objects.metadata import Metadata
    from mirroring.objects.references import Ref
    from mirroring.planning.steps import Step
    from mirroring.policies.sources import Source

_ON_EVENT: Final = "on-secret-update"
_ON_TICK: Final = "on-resync"
_AS_UPDATE: Final = (Op.UPDATE, Op.COMPARE, Op.READ)
_MARKS: Final = (Op.INDEX, Op.UNINDEX, Op.NOTE, Op.CEDE, Op.PROMOTE, Op.SUCCEED)
_ASKED: Final = (Op.CREATE, Op.UPDATE, Op.DELETE, *_MARKS)
_TRIES: Final = 3  # of what others wrote meanwhile
# Of Kubernetes 1.36 on there are also rights to impersonate for some actions, as in
# `impersonate-on:serviceaccount:create`.
_NOT_AS_ACCOUNT: Final = re.compile(
    r'Forbidden: [^"]*(?:"[^"]*" )?is forbidden: (?P<said>User "[^"]*" cannot impersonate\S* [^.]*)'
)
_HANGS: Final = re.compile(r"failed calling webhook ")


class Answer(Enum):
    """What the API server says of a write."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNPROVED = "unproved"  # it could not be asked, or said nothing of the write


class Rehearsal(NamedTuple):
    """What came of one example.

    Args:
        source: whose mirror is written.
        step: as it was planned.
        account: as which of kn-mirror's it was asked.
        of: how many such steps there are.
        answer: what was said.
        because: why, where it was not accepted; else what else is to be said, or nothing.
        code: of that, where it was refused.
    """

    source: Ref
    step: Step
    account: str
    of: int
    answer: Answer
    because: str = ""
    code: Code | None = None


class Rehearsed(NamedTuple):
    """A forecast, of which it was asked what the API server says.

    Args:
        forecast: it; what was refused is blocked.
        rehearsals: what was asked.
    """

    forecast: Forecast
    rehearsals: Sequence[Rehearsal]


@dataclass(frozen=True, slots=True)
class Rehearser:
    """Asks of each source for one example of each kind of write, and writes nothing.

    Args:
        reader: reads the cluster as it is.
        writer: of one of kn-mirror's accounts, which only asks.
        namespace: kn-mirror's own.
        supposition: what is supposed to be otherwise, which no dry run can see.
        at: the time, in ISO 8601.
    """

    reader: Reader
    writer: Callable[[str], Writer]
    namespace: str
    supposition: Supposition
    at: str
    _asked: set[tuple[Deed, str]] = field(default_factory=set)

    def rehearse(self, forecast: Forecast) -> Rehearsed:
        """Ask; say of what was refused that it is blocked.

        Raises:
            Forbidden: whoever asks may not impersonate kn-mirror's account.
            ApiError: the API server does not answer.
        """
        rehearsals: list[Rehearsal] = []
        prospects = []
        for each in forecast.prospects:
            of_it = list(self._of(each))
            rehearsals += of_it
            prospects.append(_blocked(each, of_it))
        return Rehearsed(replace(forecast, prospects=prospects), rehearsals)

    def _of(self, prospect: Prospect) -> Iterator[Rehearsal]:
        first, steps = prospect.plan.first, list(prospect.steps)
        if first and not self.supposition.is_made:
            steps.insert(0, first)
        groups: defaultdict[tuple[Op, bool], list[Step]] = defaultdict(list)
        for step in steps:
            op: Op = Op.UPDATE if step.op in _AS_UPDATE else step.op
            if op in _ASKED and deed_of(step) is not Deed.BLOCKED:
                groups[op, step.declared].append(step)
        for (op, _), group in groups.items():
            yield self._example(prospect.plan.source, op, group)

    def _example(self, source: Source, op: Op, group: Sequence[Step]) -> Rehearsal:
        account = _ON_EVENT if source.ref in self.supposition.objects else _ON_TICK
        deed = deed_of(group[0])
        said = Rehearsal(source.ref, group[0], account, len(group), Answer.UNPROVED)
        said = said._replace(because="what it would be asked of is otherwise by what is applied")
        real = [each for each in group if self._is_there(each)]
        # So that a plan asks of as many namespaces as it can.
        real.sort(key=lambda step: (deed, step.target.namespace) in self._asked)
        for step in real[:_TRIES]:
            self._asked.add((deed, step.target.namespace))
            try:
                because = self._ask(source, step._replace(op=op), self.writer(account))
            except (AlreadyExists, Stale, NamespaceGone):
                said = said._replace(step=step, because="somebody else wrote there meanwhile")
            except ApiError as error:
                return self._said(said._replace(step=step), error)
            else:
                return said._replace(step=step, answer=Answer.ACCEPTED, because=because)
        return said

    def _is_there(self, step: Step) -> bool:
        """Whether a place is as it is supposed to be."""
        supposed, place = self.supposition, step.target
        return place not in supposed.objects and place.namespace not in supposed.namespaces

    def _ask(self, source: Source, step: Step, writer: Writer) -> str:
        """Ask of one step as the functions write it; say what else there is to be said."""
        seen = self._seen(step)
        step = step._replace(seen=seen)
        if step.op is Op.DELETE and seen:
            writer.apply(Delete(seen))
            return ""
        made = made_up(source, self._metadata(source))
        is_known = source.content is not None
        written = of_a_mirror(made, seen, is_known=is_known) if seen else made
        change = Manifests(written, self.at).of(step).change(step)
        if change is None:
            raise Stale(f"Of {step.target} there is nothing left to write.")
        try:
            writer.apply(change)
        except Invalid:
            is_fixed = seen and (seen.fields.may_be_immutable or is_known)
            if not (seen and is_fixed and step.op is Op.UPDATE) or step.declared:
                raise
            manifest = Manifests(made, self.at).of(step)
            with suppress(AlreadyExists):
                writer.apply(manifest.rehearsal(seen))
            writer.apply(Delete(seen))
            return "it would be made anew, as no update can put it right"
        return ""

    def _seen(self, step: Step) -> Metadata | None:
        """Read all of what was judged, which a list shows in part."""
        if step.seen is None:
            return None
        found = self.reader.metadata(step.target)
        if found is None or found.version != step.seen.version:
            raise Stale(f"{step.target} is no longer what was looked at.")
        return found

    def _metadata(self, source: Source) -> Metadata:
        if supposed := self.supposition.objects.get(source.ref):
            return supposed.now
        found = self.reader.metadata(source.ref)
        if found is None or source.version != found.version:
            raise Stale(f"{source.ref} is no longer what was looked at.")
        return found

    def _said(self, asked: Rehearsal, error: ApiError) -> Rehearsal:
        """Say what an error comes to.

        Raises:
            ApiError: it says nothing of the write.
        """
        text = str(error)
        if isinstance(error, Forbidden) and (found := _NOT_AS_ACCOUNT.search(text)):
            raise self._may_not(asked.account, found["said"]) from error
        is_silent = isinstance(error, Unavailable) and not _HANGS.search(text)
        if is_silent or isinstance(error, Unauthorized):
            raise error
        return asked._replace(answer=Answer.REFUSED, because=text, code=error.code)

    def _may_not(self, account: str, said: str) -> Forbidden:
        named = f"serviceaccounts/{account} -n {self.namespace}"
        return Forbidden(
            f"--server-side asks as {self.namespace}/{account}, and you may not impersonate that "
            f"account, as `kubectl auth can-i impersonate {named}` shows: {said}. Have it asked by "
            "somebody who may, or leave out --server-side."
        )


def _blocked(prospect: Prospect, rehearsals: Sequence[Rehearsal]) -> Prospect:
    """Say of steps that were refused that they are blocked, and by what."""
    refused: Mapping[Ref, Step] = {
        each.step.target: each.step._replace(
            op=Op.FAIL,
            because=f"refused by a dry run as {each.account}: {each.because}",
            code=each.code,
        )
        for each in rehearsals
        if each.answer is Answer.REFUSED and each.code
    }
    if not refused:
        return prospect
    left = [each for each in prospect.steps if each.target not in refused]
    return replace(prospect, steps=[*left, *refused.values()])
