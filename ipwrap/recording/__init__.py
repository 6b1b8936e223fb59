"""The recording: the commands of a session and their results, as JSON Lines.

Line 1 is the header: the versions of the format, ipwrap, iproute2 and the kernel, the place, the
start time, and the placeholders. Events follow, one per line::

    {"event":"note","text":…}                                  prose
    {"event":"command","n":1,"argv":[…],"netns":…,"changes":…} written before a change runs
    {"event":"result","n":1,"status":0,"stdout":…,"stderr":…}  written after the command
    {"event":"commands","n":2,"argv":[…,null],"rows":[…],…}    many like commands, before they run
    {"event":"results","n":2,"count":9,"failures":[…],…}       the results of these
    {"event":"process","n":2,"name":"web","argv":[…],…}        written before a process starts
    {"event":"process-started","n":2,"pid":7,"seconds":…}      the process runs, and is ready
    {"event":"process-action","n":2,"action":"stop",…}         signal, stop or wait
    {"event":"wait","until":{…},"netns":…,"seconds":…}         written when a wait has ended
    {"event":"sleep","seconds":…}                              a pause
    {"event":"snapshot","state":{…}}                           the state before the first change
    {"event":"snapshot","state":{…},"asked":true}              a state read by the script
    {"event":"end","error":…,"state":{…},"running":[2]}        the final state

Commands of several threads overlap: a result is written at the end of the command, behind commands
that began before this end (see `ipwrap.recording.overlap`).

docs/reference/recording.md lists the keys. The file grows line by line and is readable after a
crash: a truncated last line is accepted and reported. A damaged line before the last, and an
unknown version of the format, is an error with the path and the line. `Recording` is the recording
of a session, kept in a file or compressed in memory, and a loaded recording; `StreamedRecording` is
a file that is read from disk for each use, in little memory.
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.recording.encode import event_json as event_json
    from ipwrap.recording.encode import header_json as header_json
    from ipwrap.recording.events import FORMAT as FORMAT
    from ipwrap.recording.events import CommandEvent as CommandEvent
    from ipwrap.recording.events import CommandsEvent as CommandsEvent
    from ipwrap.recording.events import End as End
    from ipwrap.recording.events import Event as Event
    from ipwrap.recording.events import Header as Header
    from ipwrap.recording.events import Note as Note
    from ipwrap.recording.events import Pair as Pair
    from ipwrap.recording.events import ProcessAction as ProcessAction
    from ipwrap.recording.events import ProcessEvent as ProcessEvent
    from ipwrap.recording.events import ProcessStarted as ProcessStarted
    from ipwrap.recording.events import RecordingView as RecordingView
    from ipwrap.recording.events import ResultEvent as ResultEvent
    from ipwrap.recording.events import ResultsEvent as ResultsEvent
    from ipwrap.recording.events import Sleep as Sleep
    from ipwrap.recording.events import Snapshot as Snapshot
    from ipwrap.recording.events import State as State
    from ipwrap.recording.events import Step as Step
    from ipwrap.recording.events import WaitEvent as WaitEvent
    from ipwrap.recording.recording import Recording as Recording
    from ipwrap.recording.streamed import ProgressWatch as ProgressWatch
    from ipwrap.recording.streamed import StreamedRecording as StreamedRecording

MODULES = {
    "encode": (
        "event_json",
        "header_json",
    ),
    "events": (
        "FORMAT",
        "CommandEvent",
        "CommandsEvent",
        "End",
        "Event",
        "Header",
        "Note",
        "Pair",
        "ProcessAction",
        "ProcessEvent",
        "ProcessStarted",
        "RecordingView",
        "ResultEvent",
        "ResultsEvent",
        "Sleep",
        "Snapshot",
        "State",
        "Step",
        "WaitEvent",
    ),
    "recording": ("Recording",),
    "streamed": (
        "StreamedRecording",
        "ProgressWatch",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
