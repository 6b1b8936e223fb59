"""The recording: every command of a session and what it gave back, as JSON Lines.

Line 1 is the header: the format's version, ipwrap's, iproute2's and the kernel's, the place, the time, what was
normalised. Then come events, one a line::

    {"event":"note","text":…}                                  prose
    {"event":"command","n":1,"argv":[…],"netns":…,"changes":…} written, for a change, before it runs
    {"event":"result","n":1,"status":0,"stdout":…,"stderr":…}  written after
    {"event":"snapshot","state":{…}}                           the state before the first change
    {"event":"snapshot","state":{…},"asked":true}              the state when the script asked for it
    {"event":"end","error":…,"state":{…}}                      the state reached

The file is appended to line by line, so it can be read after any crash: a torn last line is accepted and said. A
damaged line before it, and a version that this program does not know, is refused with the path and the line.
`Recording` is one in memory, `StreamedRecording` one on disk that is read anew for each use, however large it is.
"""

from ipwrap.recording.encode import event_json, header_json
from ipwrap.recording.events import (
    FORMAT,
    CommandEvent,
    End,
    Event,
    Header,
    Note,
    Pair,
    RecordingView,
    ResultEvent,
    Snapshot,
    State,
)
from ipwrap.recording.recording import Recording
from ipwrap.recording.streamed import StreamedRecording, Watch

__all__ = [
    "FORMAT",
    "CommandEvent",
    "End",
    "Event",
    "Header",
    "Note",
    "Pair",
    "Recording",
    "RecordingView",
    "ResultEvent",
    "Snapshot",
    "State",
    "StreamedRecording",
    "Watch",
    "event_json",
    "header_json",
]
