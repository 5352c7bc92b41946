"""Languages say the same: the same sentences with the same gaps, and numbers written one way."""

import re
from string import Formatter

import pytest

from kerasviz.words import LANGUAGES
from kerasviz.words.facts import Fact
from kerasviz.words.language import Names, plain_number

ENGLISH = LANGUAGES.get("en")


def gaps(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("name", LANGUAGES.names())
def test_a_language_has_every_sentence_with_no_gap_of_its_own(name):
    language = LANGUAGES.get(name)

    assert language.sentences.keys() == ENGLISH.sentences.keys()
    assert language.words.keys() == ENGLISH.words.keys()
    for key, sentence in language.sentences.items():
        assert gaps(sentence) == gaps(ENGLISH.sentences[key]), key
        assert not re.search(r"\d", re.sub(r"{.*?}", "", sentence)), key


def shown(value, unit, language="en"):
    return LANGUAGES.get(language).text(Fact("f", value, unit, ""), Names(("cat",), ("age",), ("bad",)))


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (0.98149, "%", "98.1 %", "98.1%"),
        (0.99996, "%", "> 99.9 %", "超过99.9%"),
        (0.00001, "%", "< 0.1 %", "不到0.1%"),
        (0.0, "%", "0.0 %", "0.0%"),
        (1.0, "%", "100.0 %", "100.0%"),
        (-0.125, "points", "−12.5 percentage points", "−12.5个百分点"),
        (0, "class", "cat", "cat"),
        (7, "class", "7", "7"),
        (0, "feature", "age", "age"),
        (3, "feature", "feature 3", "特征3"),
        (0, "token", "“bad”", "“bad”"),
        ((2, 1), "index", "(2, 1)", "(2, 1)"),
        (-1234.567, "", "−1235", "−1235"),
    ],
)
def test_numbers_and_names_are_written_one_way(value, unit, english, chinese):
    assert shown(value, unit) == english
    assert shown(value, unit, "zh") == chinese


def test_numbers_that_are_none_or_tiny_can_be_read():
    assert plain_number(float("nan")) == "NaN"
    assert plain_number(float("-inf")) == "−∞"
    assert plain_number(1.5e-7) == "1.5e−7"
    assert plain_number(-0.0001, decimals=1) == "0.0"
