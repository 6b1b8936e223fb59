"""Pages are followed to the letter: a wrong output, a failure and an unknown output are found."""

from pathlib import Path

import pytest

from tests.pages import follow, is_as_printed, mask, with_printed_outputs

pytestmark = pytest.mark.live

PAGE = """\
```python title="greet.py"
print("hello")
```

```sh
echo first
python3 greet.py
```

```text
…
hello
```

```python
number = 6
print(number * 7)
```

```text
41
```

<!-- not run: it fails -->

```sh
false
```

```console
$ ip netns add red
$ ip netns list
blue
```
"""


def test_outputs_are_compared(tmp_path: Path) -> None:
    """Files are saved, blocks run in order, and two of the outputs are not as printed."""
    followed = list(follow(PAGE, tmp_path))

    assert [True, False, True, False] == [is_as_printed(output) for output in followed]
    assert ["first\nhello\n", "42\n", "", "red\n"] == [output.printed for output in followed]


def test_outputs_are_written_anew(tmp_path: Path) -> None:
    """Only the outputs that differ are replaced."""
    text = with_printed_outputs(PAGE, tmp_path)

    assert text == PAGE.replace("41\n", "42\n").replace("blue\n", "red\n")


def test_failure_of_a_block_is_reported(tmp_path: Path) -> None:
    """A shell that ends with another status than 0 is no output to compare."""
    with pytest.raises(AssertionError, match="false"):
        list(follow("```sh\nfalse\ntrue\n```\n", tmp_path))


def test_output_of_python_without_a_block_is_reported(tmp_path: Path) -> None:
    """What Python prints has to stand in the page."""
    (output,) = follow("```python\nprint(1)\n```\n", tmp_path)

    assert not is_as_printed(output)


def test_values_of_a_machine_are_masked() -> None:
    """MAC addresses, times and the width of columns do not count."""
    assert mask("3: v0  02:11:22:33:44:55     x\n") == mask("7: v0  0a:00:00:00:00:01  x\n\n")
