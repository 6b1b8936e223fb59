#!/bin/sh
# The part of shim.sh for programs that may take their time: their output passes through tee without delay. It is a part
# of the shim, or a program of its own for a call in the background: CALL GIVEN ONE PROGRAM [ARGUMENTS], as in shim.sh.
# shellcheck disable=SC2154,SC2317 # the variables of shim.sh; the functions are called by traps
# shellcheck disable=SC3013 # -ef is in POSIX since 2024, and in dash and bash long before
calls=@calls@ env=@env@ mkfifo=@mkfifo@ setpriv=@setpriv@ sleep=@sleep@ tee=@tee@

background='' awaited=${awaited:-}
case $0 in
    */through)
        background=1 awaited='' call=$1 given=$2 one=$3 real=$4
        shift 4
        ;;
esac

sent='' signals=0 child=''
note() { # note a signal that was sent to the shim, with its time
    sent=$1 signals=$((signals + 1))
    echo "$sent" >"$call.sent$signals"
    echo "s ${call##*/} $sent" >>"$calls/order"
}
pass() { # pass a signal on to the program
    note "$1"
    [ ! "$child" ] || kill -s "$1" "$child" 2>/dev/null
}
for signal in HUP QUIT USR1 USR2 TERM; do
    # shellcheck disable=SC2064 # the name of this signal
    trap "pass $signal" "$signal"
done
# Ctrl-C is meant for the program, which gets it from the terminal, but for one in the background.
if [ "$background" ]; then trap 'pass INT' INT; else trap 'note INT' INT; fi

# The pipe of a here-document, opened anew by its name in /proc, has a writing end: no mkfifo(1) has to start, as for a
# shell that keeps here-documents in files. A FIFO is opened for both directions first: it never waits for its other
# side, which would not come where SIGKILL ends the shim before the program starts.
open_pipe() { # open a pipe: 7 to read from, 8 to write to
    exec 7<<END
$1
END
    read -r _ <&7
    if [ -p /proc/self/fd/7 ]; then
        exec 8>/proc/self/fd/7
    else
        "$mkfifo" -m 600 "$call.$1"
        exec 8<>"$call.$1"
        exec 7<"$call.$1"
    fi
}

# The shim's own output becomes that of the program. Where nobody reads it, it goes to the file alone.
out='' err=''
if [ /proc/self/fd/1 -ef /dev/null ]; then
    exec >>"$call.out"
else
    open_pipe 1
    (trap '' HUP TERM && exec "$tee" "$call.out" <&7 7<&- 8>&- 2>/dev/null) &
    out=$!
    exec >&8 7<&- 8>&-
fi
if [ "$one" ]; then
    exec 2>&1
elif [ /proc/self/fd/2 -ef /dev/null ]; then
    exec 2>>"$call.err"
else
    open_pipe 2
    (trap '' HUP TERM && exec "$tee" "$call.err" <&7 7<&- 8>&- >&2 2>/dev/null) &
    err=$!
    exec 2>&8 7<&- 8>&-
fi

if [ -e /proc/self/fd/0 ]; then exec 9<&0; else exec 9</dev/null; fi
feeder=''
if [ "$given" ]; then
    open_pipe 0
    "$tee" "$call.in" <&9 >&8 7<&- 8>&- 2>/dev/null &
    feeder=$!
    exec 9<&7 7<&- 8>&-
fi

# The program gets SIGINT and SIGQUIT as the shim did: a shell without job control starts what is in the background
# with these ignored. There the script knows the shim's number, and may send it SIGKILL: it ends the program, too.
if [ "$awaited" ]; then
    : # in the foreground
elif [ ! "$background" ]; then
    set -- "$env" --default-signal=INT,QUIT "$real" "$@"
elif [ "$setpriv" ]; then
    # The shim may have been killed before setpriv(1) asked for the signal.
    # shellcheck disable=SC2016 # for the shell that follows
    set -- "$setpriv" --pdeathsig KILL @shell@ -c ': >"$1"; shift; [ "$PPID" = "$0" ] && exec "$@"' \
        $$ "$call.started" "$real" "$@"
else
    : >"$call.started"
    set -- "$real" "$@"
fi
if [ "$awaited" ]; then # a signal comes to the whole group; the shell's own word of it is not the program's
    { "$real" "$@" <&9 9<&- 2>&7 7>&-; } 7>&2 2>/dev/null
    status=$?
    exec 9<&- >/dev/null 2>&1
else
    "$@" <&9 9<&- &
    child=$!
    exec 9<&- >/dev/null 2>&1
    # A signal that came before the program.
    [ ! "$sent" ] || kill -s "$sent" "$child" 2>/dev/null
    status=''
    while :; do # a trap ends a wait with the status of its signal, and a shell tells the program's own status once only
        seen=$signals before=$status
        wait "$child" 2>/dev/null
        status=$?
        [ "$signals" != "$seen" ] || break
    done
    [ "$status" != 127 ] || status=${before:-127}
fi
echo "$status $sent" >"$call.done"
echo "- ${call##*/}" >>"$calls/order"
[ ! "$feeder" ] || kill "$feeder" 2>/dev/null

# Wait for the rest of the output: mostly it has come, and no timer is needed. A process that has ended has no files.
tries=0
until [ ! -e "/proc/$out/fd/0" ] && [ ! -e "/proc/$err/fd/0" ] || [ "$tries" = 40 ]; do tries=$((tries + 1)); done

# A second at most: a background process of the program may hold the pipes open.
if [ "$tries" = 40 ]; then
    late=''
    trap 'late=1' ALRM
    (
        trap 'kill "$nap" 2>/dev/null; exit' TERM
        "$sleep" 1 &
        nap=$!
        wait "$nap" && kill -s ALRM $$
    ) </dev/null >/dev/null 2>&1 &
    timer=$!
    [ ! "$out" ] || wait "$out"
    [ "$late" ] || [ ! "$err" ] || wait "$err"
    kill "$timer" 2>/dev/null
fi

case $status in
    129 | 130 | 131 | 137 | 138 | 140 | 141 | 143) # a signal ended the program: end the shim by the same signal
        trap - HUP INT QUIT USR1 USR2 TERM
        kill -"$((status - 128))" $$
        ;;
esac
exit "$status"
