"""A drawing in sentences, for screen readers."""

from collections.abc import Iterator

from ipwrap.system.counts import count_of
from ipwrap.views.drawing.figure import Anchor, Figure

__all__ = ["describe"]


def describe(figure: Figure) -> Iterator[str]:
    """Yield the title of a figure, and a sentence for each namespace and each line."""
    count = sum(len(frame.box.names) for frame in figure.frames)
    yield f"Network of {count_of(count, 'namespace')}"

    for frame in figure.frames:
        links = [figure.labels.name(bundle) for bundle in frame.box.bundles]
        yield f"{frame.title}: {', '.join(links) or 'no links'}."

    names = dict(_names(figure))
    for line in figure.lines:
        left, right = (names[anchor] for anchor in (line.left, line.right))
        label = f" ({line.label})" if line.label else ""
        condition = ", passes no packet" if line.is_down else ""
        yield f"{left} is connected to {right}{label}{condition}."


def _names(figure: Figure) -> Iterator[tuple[Anchor, str]]:
    """Yield the name of each end of a line."""
    for frame in figure.frames:
        for node in frame.nodes:
            yield Anchor(node.number), f"{frame.title} {figure.labels.name(node.bundle)}"
            for position, port in enumerate(node.ports):
                yield (
                    Anchor(node.number, position),
                    f"{frame.title} {figure.labels.name(port)}",
                )
    for name in figure.outsides:
        yield Anchor(outside=name), name
