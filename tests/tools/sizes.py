"""Fails when a file or a function has outgrown what one person reads at once (`make lint`)."""

import ast
import sys
from pathlib import Path

FILE, FUNCTION, JS_FILE = 400, 40, 250  # lines; a function is counted without its docstring


def too_long(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    cap = FILE if path.suffix == ".py" else JS_FILE
    found = [f"{path}: {count} lines, at most {cap}"] if (count := len(text.splitlines())) > cap else []
    for node in ast.walk(ast.parse(text)) if path.suffix == ".py" else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            if (length := node.end_lineno - first.lineno + 2) > FUNCTION:
                found.append(f"{path}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION}")
    return found


if __name__ == "__main__":
    python = [path for folder in ("kerasviz", "tests") for path in Path(folder).rglob("*.py")]
    front_end = [path for path in Path("js").glob("[!n]*/**/*.ts") if not path.name.endswith(".gen.ts")]
    problems = [problem for path in sorted(python + front_end) for problem in too_long(path)]
    sys.exit("\n".join(problems) or None)
