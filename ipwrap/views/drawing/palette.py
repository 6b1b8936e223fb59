"""The colours of a drawing: each light colour with a dark counterpart.

A drawing is written with the light colours; in a dark drawing, the counterparts replace them.
"""

__all__ = [
    "BACKGROUND",
    "CABLE",
    "DARK",
    "DOWN",
    "FRAME",
    "FRAME_BORDER",
    "LINK",
    "LINK_BORDER",
    "MASTER",
    "MUTED",
    "OUTSIDE",
    "TEXT",
    "TUNNEL",
]

BACKGROUND = "#ffffff"
FRAME = "#f6f8fa"
FRAME_BORDER = "#afb8c1"
LINK = "#fffffe"
LINK_BORDER = "#8c959f"
MASTER = "#ddf4ff"
OUTSIDE = "#fff8c5"
TEXT = "#1f2328"
MUTED = "#57606a"
CABLE = "#424a53"
TUNNEL = "#8250df"
DOWN = "#cf222e"

DARK = {
    BACKGROUND: "#0d1117",
    FRAME: "#161b22",
    FRAME_BORDER: "#484f58",
    LINK: "#21262d",
    LINK_BORDER: "#6e7681",
    MASTER: "#0b2a5b",
    OUTSIDE: "#3b2e00",
    TEXT: "#e6edf3",
    MUTED: "#a5b0bc",
    CABLE: "#b1bac4",
    TUNNEL: "#d2a8ff",
    DOWN: "#ff7b72",
}
