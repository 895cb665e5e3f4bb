"""From a series and what is known of the run to its symptoms in order of onset. The one entry; pure."""

from __future__ import annotations

from rft_cli.curves.companions import DETECTORS
from rft_cli.curves.course import reward_course
from rft_cli.curves.evidence import symptom
from rft_cli.curves.failure import out_of_memory
from rft_cli.curves.few_points import few_point_symptoms
from rft_cli.curves.held_out import overfitting
from rft_cli.curves.reward import reward_symptoms
from rft_cli.curves.series import Series
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.curves.thresholds import THRESHOLDS, Thresholds
from rft_cli.curves.trend import SMOOTH_SHARE
from rft_cli.spec.symptoms import SYMPTOM_IDS

CAUSES = frozenset({"spike_then_collapse"})
"""Symptoms that bring others about."""

DEBRIS = frozenset({"truncation", "flat_no_signal", "length_blowup", "entropy_collapse", "kl_blowup"})
"""What a policy that has collapsed shows: it rambles to the limit, says the same, and learns nothing more."""

NO_CONTEXT = Context()


def diagnose(
    series: Series, context: Context = NO_CONTEXT, thresholds: Thresholds = THRESHOLDS
) -> tuple[Symptom, ...]:
    """The symptoms of a run, ordered by onset; on equal onset as the table of symptoms is.

    A symptom that follows a collapse and is of the kind that a collapse leaves carries ``explained_by`` in its evidence.
    Raises nothing: a series without any point still shows what its log says.
    """
    if series.n_points >= thresholds.fewest_points:
        found = reward_symptoms(reward_course(series, context, thresholds))
    else:
        found = few_point_symptoms(series, context, thresholds)
    others = [detect(series, context, thresholds) for detect in (*DETECTORS, overfitting)]
    memory = out_of_memory(series, context)
    found += [entry for entry in (*others, memory) if entry is not None]
    ordered = sorted(found, key=lambda entry: (entry.onset_step, SYMPTOM_IDS.index(entry.id)))
    return tuple(_explained(entry, ordered, series) for entry in ordered)


def _explained(entry: Symptom, found: list[Symptom], series: Series) -> Symptom:
    """Name the cause of what a collapse left, with the width of the smoothing as the slack of both onsets."""
    if entry.id not in DEBRIS:
        return entry
    slack = (series.steps[-1] - series.steps[0]) / SMOOTH_SHARE
    for cause in found:
        if cause.id in CAUSES and entry.onset_step >= cause.onset_step - slack:
            return symptom(
                entry.id, entry.onset_step, entry.confidence, **entry.evidence, explained_by=cause.id
            )
    return entry
