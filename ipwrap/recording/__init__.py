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

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.recording.encode import event_json as event_json
    from ipwrap.recording.encode import header_json as header_json
    from ipwrap.recording.events import FORMAT as FORMAT
    from ipwrap.recording.events import CommandEvent as CommandEvent
    from ipwrap.recording.events import End as End
    from ipwrap.recording.events import Event as Event
    from ipwrap.recording.events import Header as Header
    from ipwrap.recording.events import Note as Note
    from ipwrap.recording.events import Pair as Pair
    from ipwrap.recording.events import RecordingView as RecordingView
    from ipwrap.recording.events import ResultEvent as ResultEvent
    from ipwrap.recording.events import Snapshot as Snapshot
    from ipwrap.recording.events import State as State
    from ipwrap.recording.recording import Recording as Recording
    from ipwrap.recording.streamed import StreamedRecording as StreamedRecording
    from ipwrap.recording.streamed import Watch as Watch

MODULES = {
    "encode": (
        "event_json",
        "header_json",
    ),
    "events": (
        "FORMAT",
        "CommandEvent",
        "End",
        "Event",
        "Header",
        "Note",
        "Pair",
        "RecordingView",
        "ResultEvent",
        "Snapshot",
        "State",
    ),
    "recording": ("Recording",),
    "streamed": (
        "StreamedRecording",
        "Watch",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
