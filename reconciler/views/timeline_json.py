"""Simulations as one JSON document, as schemas/simulation.schema.json describes it."""

from collections.abc import Sequence
from typing import Final

from reconciler.model.moment import rfc3339
from reconciler.model.track import Track
from reconciler.model.values import JSON
from reconciler.planning.timeline import Stay, Timeline

FORMAT: Final = "1.0"


def simulation_json(simulated: Sequence[tuple[Track, Timeline]]) -> JSON:
    """Give each track with all of its backups, oldest first."""
    return {
        "format_version": FORMAT,
        "simulations": [_track(track, timeline) for track, timeline in simulated],
    }


def _track(track: Track, timeline: Timeline) -> JSON:
    return {
        "policy": str(track.policy),
        "index": track.index or None,
        "rules": track.said,
        "note": track.note or None,
        "start": rfc3339(timeline.start),
        "end": rfc3339(timeline.end),
        "left": len(timeline.at(timeline.end)),
        "most": timeline.most(),
        "backups": [_stay(stay) for stay in timeline.stays],
    }


def _stay(stay: Stay) -> JSON:
    return {
        "existing": stay.copy.id if stay.is_real else None,
        "taken_at": rfc3339(stay.copy.taken_at),
        "expired_at": None if stay.expired_at is None else rfc3339(stay.expired_at),
        "kept_as": list(stay.rules),
    }
