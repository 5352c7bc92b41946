"""A page offers what it can show: of the controls of its pictures only those whose every choice was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasviz.pages.recording import Recording

__all__ = ["offer_what_is_there"]


def offer_what_is_there(recording: Recording) -> None:
    """Take out of the answers what would ask for more than the page has."""
    whole: dict[str, set[str]] = {}
    for name, params, number in recording.asked:
        payload = recording.answers[number].get("payload", {})
        if name == "choices":  # lists of samples look at all of them
            payload.update(labels=[], by_margin=False, by_truth=False)
        elif name == "layer" and "head" in payload:
            head = payload["head"]
            if params["start"] == 0 and set(params["options"]) <= {"aspect"}:
                whole[_picture(params)] = {each["name"] for each in head["controls"] if _whole(recording, params, each)}
            aspects = [each for i, each in enumerate(head["aspects"]) if i == 0 or _has(recording, params, aspect=each)]
            controls = [each for each in head["controls"] if each["name"] in whole[_picture(params)]]
            payload["head"] = {**head, "aspects": aspects, "controls": controls}


def _picture(params: Mapping[str, Any]) -> str:
    """Which picture has these controls."""
    return f"{params['sample']} {params['options'].get('aspect', '')} {params['layer']}"


def _whole(recording: Recording, params: Mapping[str, Any], control: Mapping[str, Any]) -> bool:
    """Whether every other choice was asked for; the unit has its own place on the screen."""
    values = control["values"] if control["form"] == "choice" else range(control["count"])
    others = [value for i, value in enumerate(values) if i != control["chosen"]]
    options = params["options"]
    return control["name"] == "unit" or all(
        _has(recording, params, **{**options, control["name"]: value}) for value in others
    )


def _has(recording: Recording, params: Mapping[str, Any], **options: Any) -> bool:
    return recording.has("layer", {**params, "start": 0, "count": 4096, "options": options})
