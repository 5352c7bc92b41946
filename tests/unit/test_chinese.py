"""Chinese sentences have Chinese punctuation; numbers, code and formulas keep their own."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_HAN = r"[\u3400-\u9fff]"
_MARK = re.compile(rf"{_HAN}[,:;?!]|[,:;?!] ?{_HAN}|{_HAN}\.(?!\w)")
_CODE = re.compile(r"`[^`]*`|\{[^{}]*\}|\w+='?\w+'?")
_FORMULA = re.compile(
    r"[a-zA-Z]*\([^()（）]* [-−+·/×] [^()（）]*\)|[a-zA-Z]\([^()（）]*\)"
)  # a sum in brackets, a function of something
_BRACKET = re.compile(rf"{_HAN} ?\(|\([^()]*{_HAN}[^()]*\)")

TEXTS = [*sorted((ROOT / "js/src/texts").glob("*.ts")), *sorted((ROOT / "kerasviz/charts").glob("*.py"))]
TEXTS += [*sorted((ROOT / "kerasviz").rglob("chinese*.py")), ROOT / "kerasviz/widget/taking_home.py"]
TEXTS += sorted((ROOT / "notebooks").glob("*_zh.ipynb"))


def sentences(path: Path) -> Iterator[str]:
    """Every text of a file, without docstrings."""
    if path.suffix == ".ts":
        yield from re.findall(r'"((?:[^"\\\n]|\\.)*)"', path.read_text(encoding="utf-8"))
    elif path.suffix == ".py":
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said)
        yield from (node.value for node in strings if isinstance(node.value, str))
    else:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield from (line for cell in cells if cell["cell_type"] == "markdown" for line in cell["source"])


def half_width(text: str) -> str:
    """The first mark among Chinese words that is not Chinese; "" where there is none."""
    plain, before = text, ""
    while plain != before:  # formulas stand in formulas
        before, plain = plain, _FORMULA.sub("x", _CODE.sub("x", plain))
    found = re.search(_HAN, text) and (_MARK.search(plain) or _BRACKET.search(plain))
    return found.group() if found else ""


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_marks_among_chinese_words_are_chinese(path):
    wrong = {text: found for text in sentences(path) if (found := half_width(text))}

    assert wrong == {}


@pytest.mark.parametrize(
    "text", ["一次:哪些", "共 {n} 个, 显示", "选择性(0 各类)", "放大 (+)", "真的吗?", "{path}:默认"]
)
def test_a_western_mark_is_found(text):
    assert half_width(text)


@pytest.mark.parametrize(
    "text",
    [
        "1,200 个样本",
        "（最强 − 其他）",
        "多少：(最强 − 其他) / (最强 + 其他)。",
        "得分：score(基线 · x)，`f(x, y)`，例如 layer=x。",
        "一比二是 1:2",
    ],
)
def test_numbers_code_and_formulas_keep_theirs(text):
    assert not half_width(text)
