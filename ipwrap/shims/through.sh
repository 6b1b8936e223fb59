#!/bin/sh
# The part of shim.sh for programs that may take their time: their output passes through tee without delay. It is a part
# of the shim, or a program of its own for a call in the background: CALL GIVEN ONE PROGRAM [ARGUMENTS], as in shim.sh.
# shellcheck disable=SC2154,SC2317 # the variables of shim.sh; the functions are called by traps
calls=@calls@ env=@env@ mkfifo=@mkfifo@ setpriv=@setpriv@ sleep=@sleep@ tee=@tee@

background=''
case $0 in
    */through)
        background=1 call=$1 given=$2 one=$3 real=$4
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

# Opened for both directions first, a FIFO never waits for its other side, which would not come where SIGKILL ends the
# shim before the program starts. The shim's own output becomes that of the program.
"$mkfifo" -m 600 "$call.1" "$call.2"
exec 9<>"$call.1"
(trap '' HUP TERM && exec "$tee" "$call.out" <"$call.1" 9<&- 2>/dev/null) &
out=$! err=''
exec >"$call.1" 9<&-
if [ "$one" ]; then
    exec 2>&1
else
    exec 9<>"$call.2"
    (trap '' HUP TERM && exec "$tee" "$call.err" <"$call.2" 9<&- >&2 2>/dev/null) &
    err=$!
    exec 2>"$call.2" 9<&-
fi

if [ -e /proc/self/fd/0 ]; then exec 9<&0; else exec 9</dev/null; fi
feeder=''
if [ "$given" ]; then
    "$mkfifo" -m 600 "$call.0"
    exec 8<>"$call.0"
    "$tee" "$call.in" <&9 >"$call.0" 8<&- 2>/dev/null &
    feeder=$!
    exec 9<"$call.0" 8<&-
fi

# The program gets SIGINT and SIGQUIT as the shim did: a shell without job control starts what is in the background
# with these ignored. There the script knows the shim's number, and may send it SIGKILL: it ends the program, too.
if [ ! "$background" ]; then
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
echo "$status $sent" >"$call.done"
echo "- ${call##*/}" >>"$calls/order"
[ ! "$feeder" ] || kill "$feeder" 2>/dev/null

# Wait for the rest of the output: mostly it has come, and no timer is needed.
is_read() {
    for reader in "$out" $err; do
        state=''
        read -r _ _ state _ <"/proc/$reader/stat"
        [ "$state" = Z ] || return 1
    done
} 2>/dev/null
tries=0
until is_read || [ "$tries" = 20 ]; do tries=$((tries + 1)); done

# A second at most: a background process of the program may hold the pipes open.
if [ "$tries" = 20 ]; then
    late=''
    trap 'late=1' ALRM
    (
        trap 'kill "$nap" 2>/dev/null; exit' TERM
        "$sleep" 1 &
        nap=$!
        wait "$nap" && kill -s ALRM $$
    ) </dev/null >/dev/null 2>&1 &
    timer=$!
    wait "$out"
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
