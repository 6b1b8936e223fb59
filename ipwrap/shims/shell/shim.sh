#!/bin/sh
# Replaces a program while `ipwrap record` runs: run the program, and keep its arguments, input and output.
# Files of call 7: 7 (namespace, caller, offset in the script, arguments; each field ends with a NUL), 7.in (standard
# input), 7.file (content of a file argument), 7.out, 7.err (output; 7.out alone if both went to one file), 7.done (exit
# status, signal sent to the shim), 7.sent1, 7.sent2, … (signals sent to the shim, one a file), 7.plain (the
# shim has become the program), 7.started (a program in the background has started). The file `order` has the
# order in which things happened, since the times of files are coarse: `+ 7 PID` (the start of the call), `- 7` (the end
# of a program that may take its time), `s 7 TERM` (a signal), `x 7` (it was killed before the next start).
#
# A plain call of ip, bridge or tc starts no other process than the program, and reads no other part of the shim: a
# builtin that opens a file takes 10 µs, a process 1 ms, as long as `ip link` itself. What other calls need is in the
# parts calls.sh, input.sh and through.sh, which are read where they are needed.
# shellcheck disable=SC1090,SC1091,SC2154 # the parts are beside the folder of the shims; calls.sh sets variables
# shellcheck disable=SC2034,SC2209 # the parts use variables; "exec" is a kind
# shellcheck disable=SC3013 # -ef is in POSIX since 2024, and in dash and bash long before
program=@program@ real=@real@ calls=@calls@ first=@first@ lab=@lab@ cat=@cat@

[ -w "$calls" ] || exec "$real" "$@" # the recording is over

# Parse the arguments: object, verb and name (the first arguments without a dash), and the file of a batch.
object='' verb='' name='' inner='' batch='' json='' takes=''
for word; do
    case $takes in
        word) takes='' && continue ;;
        lines) batch=$word takes='' && continue ;;
    esac
    case $object$word in
        -br* | --br* | -nm | -na*) ;;
        -b* | --b*) takes=lines ;;
        -f | --f) [ "$program" = tc ] || takes=word ;;
        -n | --n | -ne* | --ne* | -l* | --l* | -fa* | --fa* | -rc* | --rc* | -cf | -conf) takes=word ;;
        -j* | --j*) json=1 ;;
        -*) ;;
        *)
            [ ! "$name" ] || { inner=$word && break; }
            [ ! "$verb" ] || name=$word
            [ ! "$object" ] || verb=${verb:-$word}
            object=${object:-$word}
            ;;
    esac
done

kind=iproute2 how=quick one='' sent=''
case $program:$object/$verb in
    ip:net*/e* | ip:v*/e*) kind=exec ;;
    ip:mo*/* | ip:*/m* | bridge:mo*/* | bridge:*/m* | tc:mo*/* | tc:*/m*) kind=monitor how=through ;;
    ip:* | bridge:* | tc:*) ;;
    *) kind=other inner=$program batch='' ;;
esac
plain=1
[ "$kind$batch" = iproute2 ] || { plain='' && . "$calls/calls.sh"; }

# Find the namespace: the first one (empty), a named one (its file), or one without a name (?).
netns=''
if [ ! /proc/self/ns/net -ef "$first" ]; then
    netns='?'
    for file in "/run/netns/${IPWRAP_NETNS:-.}" /run/netns/*; do
        [ ! /proc/self/ns/net -ef "$file" ] || { netns=$file && break; }
    done
fi

# Number the calls in the order of their start: with noclobber (set -C), a file can be created once only.
claimed='' position=''
{
    # Find the line: bash has its script open as descriptor 255, with the offset behind the current command.
    if [ "$lab" -ef "/proc/$PPID/fd/255" ]; then
        read -r _ position <"/proc/$PPID/fdinfo/255"
    fi
    read -r number <"$calls/last"
    set -C
    until [ "$claimed" ]; do
        number=$((number + 1))
        {
            claimed=1
            case $object/$verb/$name in
                net*/id*/"$PPID" | net*/id*/"$$") # `ip netns identify $$` of the script: of the caller, as without
                    printf '%s\0' "$netns" "${IPWRAP_CALL:-}" "$position" "$program" netns identify
                    ;;
                *) printf '%s\0' "$netns" "${IPWRAP_CALL:-}" "$position" "$program" "$@" ;;
            esac
        } >"$calls/$number" || [ -e "$calls/$number" ] || break
    done
    set +C
    if [ "$claimed" ]; then
        echo "$number" >"$calls/last"

        # SIGKILL reaches no trap: look for programs in the background that have ended in silence before this call.
        if [ -e "$calls/background" ]; then
            while read -r other pid; do
                if [ -e "$calls/$other.done" ] || [ -e "$calls/$other.gone" ]; then continue; fi
                state=Z
                read -r _ _ state _ <"/proc/$pid/stat"
                case $state in Z | X) : >"$calls/$other.gone" && echo "x $other" >>"$calls/order" ;; esac
            done <"$calls/background"
        fi
        echo "+ $number $$" >>"$calls/order"
    fi
} 2>/dev/null
[ "$claimed" ] || exec "$real" "$@"
call=$calls/$number

[ "$plain" ] || . "$calls/input.sh"

show() { # print stdin: short text by builtins, which read byte by byte
    lines=0 line=''
    while [ ! "$json" ] && [ "$lines" -lt 20 ] && IFS= read -r line; do
        printf '%s\n' "$line"
        lines=$((lines + 1))
    done
    if [ "$json" ] || [ "$lines" = 20 ]; then "$cat"; else printf '%s' "$line"; fi
} 2>/dev/null

if [ "$how" = quick ]; then
    trap 'sent=INT' INT # Ctrl-C is meant for the program; the shim ends after the program
    {
        if [ "$one" ]; then "$real" "$@" >"$call.out" 2>&1; else "$real" "$@" >"$call.out" 2>"$call.err"; fi
        status=$?
        echo "$status $sent" >"$call.done"
    } 2>/dev/null
    if [ -s "$call.out" ] && [ ! /proc/self/fd/1 -ef /dev/null ]; then
        [ "$status$json" != 01 ] || [ -s "$call.err" ] || [ ! -e /proc/self/fd/1 ] || exec "$cat" "$call.out"
        show <"$call.out"
    fi
    [ ! -s "$call.err" ] || [ /proc/self/fd/2 -ef /dev/null ] || "$cat" "$call.err" >&2
else
    . "$calls/through"
fi

case $status in
    129 | 130 | 137 | 141 | 143) # a signal ended the program: end the shim by the same signal
        trap - INT
        kill -"$((status - 128))" $$
        ;;
esac
exit "$status"
