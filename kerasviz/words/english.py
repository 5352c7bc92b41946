"""English."""

from __future__ import annotations

from kerasviz.words.language import Language

__all__ = ["ENGLISH"]

_ANSWER = {
    "says": "The model says {name}, with {value}; the runner-up is {second} with {second_value}.",
    "says_alone": "The model says {name}, with {value}.",
    "says_logit": "The model says {name}, whose output is {value}; the runner-up is {second} with {second_value}.",
    "strongest": "The strongest output is {name} with {value}; next comes {second} with {second_value}.",
    "asked": "Asked about here is {name}: the model gives it {value}.",
    "which_output": "Output “{output}” is meant.",
    "margin": "It is {margin} ahead of the runner-up.",
    "value": "The model gives {value}.",
    "value_at": "The output at {place} is {value}.",
    "score": "The score asked for is {value}.",
    "not_finite": "The model's answer is no number: {broken} of {count} outputs are NaN or infinite, so there is nothing to explain.",
}
_EVIDENCE = {
    "strongest_input": "Of the inputs, “{input}” carries the largest share of the positive evidence: {share}.",
    "box": "By {method}, {share} of what speaks for {name} lies in {place}, in a box that covers {size} of the picture.",
    "box_value": "By {method}, {share} of what raises the value lies in {place}, in a box that covers {size} of the picture.",
    "rows_and_columns": "The box spans rows {first0} to {last0} and columns {first1} to {last1}.",
    "block": "By {method}, {share} of what speaks for {name} lies in one block that covers {size} of the input.",
    "block_value": "By {method}, {share} of what raises the value lies in one block that covers {size} of the input.",
    "span": "By {method}, {share} of what speaks for {name} lies in steps {first0} to {last0}, which are {size} of the series.",
    "span_value": "By {method}, {share} of what raises the value lies in steps {first0} to {last0}, which are {size} of the series.",
    "span_one": "By {method}, {share} of what speaks for {name} lies in step {first0} alone, which is {size} of the series.",
    "span_one_value": "By {method}, {share} of what raises the value lies in step {first0} alone, which is {size} of the series.",
    "features": "By {method}, what speaks most for {name} is {what}, with {share} of the positive evidence.",
    "features_value": "By {method}, what raises the value most is {what}, with {share} of all that raises it.",
    "tokens": "By {method}, what speaks most for {name} is {what}, with {share} of the positive evidence.",
    "tokens_value": "By {method}, what raises the value most is {what}, with {share} of all that raises it.",
    "against": "Most against it is {which}, with {share} of the negative evidence.",
    "against_value": "What lowers it most is {which}, with {share} of all that lowers it.",
    "no_evidence": "By {method}, nothing in the input speaks for {name}.",
    "no_evidence_value": "By {method}, nothing in the input raises the value.",
    "what_box": "{place}",
    "what_block": "a block of {size} of the input",
    "what_span": "steps {first0} to {last0}",
    "what_span_one": "step {first0}",
    "what_features": "{which}",
    "what_features_one": "{which}",
    "what_tokens": "{which}",
    "what_tokens_one": "{which}",
}
_REMOVAL = {
    "becomes": "With {part} {replaced}, the answer becomes {new} ({new_value}); {left} is left for {name}.",
    "stays_falls": "With {part} {replaced}, the answer stays {name}, but falls from {before} to {left}.",
    "stays_rises": "With {part} {replaced}, the answer stays {name} and even rises from {before} to {left}.",
    "stays_same": "With {part} {replaced}, the answer stays {name}, at {left}.",
    "value_falls": "With {part} {replaced}, {name} falls from {before} to {left}.",
    "value_rises": "With {part} {replaced}, {name} rises from {before} to {left}.",
    "value_same": "With {part} {replaced}, {name} stays at {left}.",
    "control_area": "For comparison: as much taken away at a random place leaves {mean} on average (tries: {count}).",
    "control_features": "For comparison: as many other features, chosen at random, leave {mean} on average (tries: {count}).",
    "control_features_one": "For comparison: another feature, chosen at random, leaves {mean} on average (tries: {count}).",
    "control_tokens_one": "For comparison: another word, chosen at random, leaves {mean} on average (tries: {count}).",
    "control_tokens": "For comparison: as many other words, chosen at random, leave {mean} on average (tries: {count}).",
    "control_no_better": "{control} So taking away what the explanation names costs no more than chance.",
}
_UNITS = {
    "units": "In layer {layer}, units {units} matter most of the {tried} that were tried (it has {count}): each set to zero by itself, {name} falls from {before} to {lefts}.",
    "units_one": "In layer {layer}, only unit {units} of the {tried} that were tried (it has {count}) makes {name} fall when it is set to zero: from {before} to {lefts}.",
    "units_none": "In layer {layer}, none of the {tried} units that were tried (it has {count}) lowers {name} from {before} when it is set to zero.",
}
_UNITS |= {
    "units_all": "Of the {count} units of layer {layer}, {units} matter most: each set to zero by itself, {name} falls from {before} to {lefts}.",
    "units_one_all": "Of the {count} units of layer {layer}, only {units} makes {name} fall when it is set to zero: from {before} to {lefts}.",
    "units_none_all": "None of the {count} units of layer {layer} lowers {name} from {before} when it is set to zero by itself.",
}
_TRUST = {
    "complete": "The shares add up to the whole difference from the baseline, but for {missed}.",
    "deletion_good": "Taking away the strongest parts first costs more than a random order does (on the way {deletion} is left on average, against {random}): the explanation names what counts.",
    "deletion_little": "Taking away the strongest parts first costs hardly more than a random order does (on the way {deletion} is left on average, against {random}).",
    "deletion_bad": "Taking away the strongest parts first costs no more than a random order does (on the way {deletion} is left on average, against {random}): do not rely on it.",
    "weights_good": "With all weights shuffled the explanation looks different (rank correlation {alike}): it shows what the model has learned.",
    "weights_bad": "With all weights shuffled the explanation still looks alike (rank correlation {alike}): much of it is the input, not what the model has learned.",
}
_PAGE = {
    "heading_answer": "The answer",
    "heading_evidence": "Where the evidence is",
    "heading_removal": "The answer without it",
    "heading_units": "Units that matter",
    "heading_trust": "How far to trust this",
    "heading_missing": "Not measured",
    "heading_how": "How this was measured",
    "missing": "{what}; the reason is in .missing.",
    "how": "Evidence by {method}; what is taken away is {replaced}. Percentages have one decimal, other numbers four digits; exact values are in .facts, each with the call that gives it. Steps, features and units are counted from zero.",
}
_LINE = {
    "short_says": "{name} ({value}), then {second} ({second_value})",
    "short_says_alone": "{name} ({value})",
    "short_says_logit": "{name} ({value}), then {second} ({second_value})",
    "short_strongest": "{name} ({value}), then {second} ({second_value})",
    "short_asked": "{name}: {value}",
    "without_value": "; without {what}: {left}",
    "without_becomes": "; without {what}: {new} ({new_value})",
    "without_stays": "; without {what}: still {new} ({new_value})",
    "short_value": "{value}",
    "short_value_at": "{place}: {value}",
    "short_score": "{value}",
    "end": ".",
}

_WORDS = {
    "points": "{} percentage points",
    "quoted": "“{}”",
    "class": "{}",
    "feature": "feature {}",
    "token": "token {}",
    "it": "it",
    "the_value": "the value",
    "part_box": "this box",
    "part_block": "this block",
    "part_span": "these steps",
    "part_step": "this step",
    "part_feature": "this feature",
    "part_features": "these features",
    "part_token": "this word",
    "part_tokens": "these words",
    "replaced_zero": "set to zero",
    "replaced_blur": "blurred",
    "replaced_mean": "replaced by its mean",
    "replaced_given": "replaced by the baseline",
    "missing_evidence": "Where the evidence is",
    "missing_curves": "What deletion says of the explanation",
    "place low low": "the upper left",
    "place low mid": "the upper middle",
    "place low high": "the upper right",
    "place low all": "the upper part",
    "place mid low": "the middle left",
    "place mid mid": "the middle",
    "place mid high": "the middle right",
    "place mid all": "a band across the middle",
    "place high low": "the lower left",
    "place high mid": "the lower middle",
    "place high high": "the lower right",
    "place high all": "the lower part",
    "place all low": "the left part",
    "place all mid": "a band down the middle",
    "place all high": "the right part",
    "place all all": "a large part of the picture",
}

ENGLISH = Language(sentences=_ANSWER | _EVIDENCE | _REMOVAL | _UNITS | _TRUST | _PAGE | _LINE, words=_WORDS)
