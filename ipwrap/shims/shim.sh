#!/bin/sh
# Replaces a program while `ipwrap record` runs: run the program, and keep its arguments, input and output.
# Files of call 7: 7 (namespace, caller, offset in the script, arguments; each field ends with a NUL), 7.in (standard
# input), 7.file (content of a file argument), 7.out, 7.err (output; 7.out alone if both went to one file), 7.done (exit
# status, signal sent to the shim), 7.sent1, 7.sent2, … (signals sent to the shim, one a file), 7.plain (the
# shim has become the program), 7.started (a program in the background has started). The file `order` has the
# order in which things happened, since the times of files are coarse: `+ 7 PID` (the start of the call), `- 7` (the end
# of a program that may take its time), `s 7 TERM` (a signal), `x 7` (it was killed before the next start).
# Builtins are used where possible: a shim must not take longer than the program itself.
# shellcheck disable=SC3013 # -ef is in POSIX since 2024, and in dash and bash long before
program=@program@ real=@real@ calls=@calls@ first=@first@ lab=@lab@ shimmed=@shimmed@ quick=@quick@
through=@through@ cat=@cat@ env=@env@

[ -w "$calls" ] || exec "$real" "$@" # the recording is over
case $program in
    ln | mkdir | mount | rm | touch | umount) # recorded where they name, or unname, a network namespace
        case "$* " in */run/netns[/\ ]* | */proc/*/ns/net*) ;; *) exec "$real" "$@" ;; esac
        ;;
esac

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
case $program in
    ip | bridge | tc)
        case $object/$verb in
            net*/e* | v*/e*) kind=exec IPWRAP_NETNS=$name ;;
            mo*/* | */m*) kind=monitor ;;
            *) kind=iproute2 ;;
        esac
        ;;
    *) kind=other inner=$program batch='' ;;
esac

# `ip netns exec red ip …` counts as one call: the inner `ip` runs through a shim, too, and is recorded by it.
if [ "$kind" = exec ]; then
    export IPWRAP_NETNS
    case $shimmed in
        *" $inner "*) [ ! -e "/run/netns/$name" ] || exec "$real" "$@" ;;
    esac
    # In a sandbox a path leads to the shim as well, which is mounted there.
    case $inner in
        */ip | */bridge | */tc)
            [ ! "$inner" -ef "$calls/bin/${inner##*/}" ] || [ ! -e "/run/netns/$name" ] || exec "$real" "$@"
            ;;
    esac
fi

# Number the calls in the order of their start: with noclobber (set -C), a file can be created once only.
number=0
[ ! -e "$calls/last" ] || read -r number <"$calls/last"
set -C
while number=$((number + 1)) && ! true >"$calls/$number"; do
    [ -e "$calls/$number" ] || { number='' && break; }
done 2>/dev/null
set +C
[ "$number" ] || exec "$real" "$@"
call=$calls/$number
echo "$number" >"$calls/last"

# SIGKILL reaches no trap: look for programs in the background that have ended in silence before this call.
if [ -e "$calls/background" ]; then
    while read -r other pid; do
        if [ -e "$calls/$other.done" ] || [ -e "$calls/$other.gone" ]; then continue; fi
        state=Z
        read -r _ _ state _ <"/proc/$pid/stat"
        case $state in Z | X) : >"$calls/$other.gone" && echo "x $other" >>"$calls/order" ;; esac
    done <"$calls/background"
fi 2>/dev/null
echo "+ $number $$" >>"$calls/order"

how=quick
case $kind in
    iproute2) ;;
    monitor) how=through ;;
    *) case $quick/$verb in */mon*) how=through ;; *" $inner "*) ;; *) how=through ;; esac ;;
esac

# A shell starts background programs with SIGINT and SIGQUIT ignored (POSIX, "Asynchronous Lists"), and a shell that
# was started so cannot trap them: another one, with the default, passes `kill -INT` on.
background=''
find_background() { # note that the program of this call starts in the background
    while read -r key mask; do
        case $key$mask in SigIgn:*[2367abefABEF]) background=1 ;; esac
    done <"/proc/$$/status"
    [ ! "$background" ] || echo "$number" >>"$calls/starting"
}
[ "$how" = quick ] || find_background

# Find the namespace: the first one (empty), a named one (its file), or one without a name (?).
netns=''
if [ ! /proc/self/ns/net -ef "$first" ]; then
    netns='?'
    for file in "/run/netns/${IPWRAP_NETNS:-.}" /run/netns/*; do
        [ ! /proc/self/ns/net -ef "$file" ] || { netns=$file && break; }
    done
fi

# Find the line: bash has its script open as descriptor 255, with the offset behind the current command.
position=''
if [ "$lab" -ef "/proc/$PPID/fd/255" ]; then
    read -r _ position <"/proc/$PPID/fdinfo/255"
fi 2>/dev/null
case $object/$verb/$name in
    net*/id*/"$PPID" | net*/id*/"$$") # `ip netns identify $$` of the script: of the caller, as without a number
        printf '%s\0' "$netns" "${IPWRAP_CALL:-}" "$position" "$program" netns identify >|"$call"
        ;;
    *) printf '%s\0' "$netns" "${IPWRAP_CALL:-}" "$position" "$program" "$@" >|"$call" ;;
esac

if [ "$program" = sleep ]; then # its end follows from its arguments, and kill -9 has to hit it
    case "$*" in '' | *[!0-9.smhd\ ]*) ;; *) : >"$call.started" && exec "$real" "$@" ;; esac
fi

# Keep input that can be read only once, and files that a replay may lack.
given='' old='' previous=''
case $batch in
    '') ;;
    - | /dev/stdin | /dev/fd/0 | /proc/self/fd/0) given=1 ;;
    *)
        "$cat" "$batch" >"$call.in" 2>/dev/null
        [ ! -p "$batch" ] || old=$batch new=$call.in
        ;;
esac
if [ "$batch" ] || [ "$kind" = exec ] || [ "$kind" = other ]; then
    IPWRAP_CALL=$number
    export IPWRAP_CALL
fi
if [ "$kind" = exec ] || [ "$kind" = other ]; then
    reader=$inner
    case $inner in
        env | nice | nohup | setsid | stdbuf | taskset | timeout) # the program that it runs may read its input
            for word; do
                case $word in
                    bash | dash | nc | ncat | netcat | nft | sh | socat | sysctl | tee | wg | *tables-*restore)
                        reader=$word && break
                        ;;
                esac
            done
            ;;
    esac
    case $reader: in
        tee: | *tables-restore: | *tables-*-restore:) given=1 ;;
        ipset:) case "$* " in *'restore '*) given=1 ;; esac ;;
        nc: | ncat: | netcat: | socat:) [ ! -p /dev/stdin ] && [ ! -f /dev/stdin ] || given=1 ;;
        sh: | bash: | dash:) case "$* " in *" $reader " | *" $reader -s "*) given=1 ;; esac ;;
        nft: | sysctl: | wg:) case "$* " in *' - '* | *' /dev/stdin '*) given=1 ;; esac ;;
    esac
    for word; do
        case $reader:$previous:$word in
            *:/dev/fd/*) [ ! -p "$word" ] || old=$word ;;
            nft:-f:* | sysctl:-p:* | sysctl:--load:* | wg:private-key:* | wg:preshared-key:*) [ "$old" ] || old=$word ;;
        esac
        previous=$word
    done
    case $old in '' | - | /dev/stdin) old='' ;; *) new=$call.file && "$cat" "$old" >"$new" 2>/dev/null ;; esac
fi
if [ "$old" ] && [ -p "$old" ]; then # what has been read from a pipe is not there for the program
    for word; do
        shift
        [ "$word" != "$old" ] || word=$new
        set -- "$@" "$word"
    done
fi
[ ! -t 0 ] || given=''
case $given"$* " in
    1*/dev/stdin\ * | 1*/dev/fd/0\ * | 1*/proc/self/fd/0\ *) # a pipe that is opened again waits for another writer
        "$cat" >"$call.in"
        exec <"$call.in"
        given=''
        ;;
esac

if [ "$kind" = iproute2 ] && [ "$given" ] && [ -p /dev/stdin ] && [ -p /dev/stdout ]; then # it may be a coprocess
    how=through
    find_background
fi

show() { # print stdin: short text by builtins, which read byte by byte
    lines=0 line=''
    while [ ! "$json" ] && [ "$lines" -lt 20 ] && IFS= read -r line; do
        printf '%s\n' "$line"
        lines=$((lines + 1))
    done
    if [ "$json" ] || [ "$lines" = 20 ]; then "$cat"; else printf '%s' "$line"; fi
} 2>/dev/null

# A program that writes its output and its errors to one file gets one pipe: the order stays.
one=''
if [ "$kind" != iproute2 ] && [ /proc/self/fd/1 -ef /proc/self/fd/2 ] && [ ! -c /proc/self/fd/1 ]; then one=1; fi

# A program in the background that was called before starts before, as without shims: a client needs its server.
before=''
if [ "$kind" != iproute2 ] && [ -e "$calls/starting" ]; then
    while read -r other; do [ "$other" -ge "$number" ] || before=$other; done <"$calls/starting"
fi
if [ "$before" ]; then
    tries=0
    until [ -e "$calls/$before.started" ] || [ "$tries" = 20000 ]; do tries=$((tries + 1)); done
    [ "$tries" != 20000 ] || : >"$calls/$before.started"
fi

sent=''
if [ "$how" = quick ]; then
    trap 'sent=INT' INT # Ctrl-C is meant for the program; the shim ends after the program
    if [ "$given" ]; then
        "$cat" >"$call.in"
        exec <"$call.in"
    fi
    if [ "$one" ]; then
        { "$real" "$@" >"$call.out" 2>&1; } 2>/dev/null
    else
        { "$real" "$@" >"$call.out" 2>"$call.err"; } 2>/dev/null
    fi
    status=$?
    echo "$status $sent" >"$call.done"
    if [ "$status$json" = 01 ] && [ ! -s "$call.err" ] && [ -e /proc/self/fd/1 ]; then exec "$cat" "$call.out"; fi
    [ ! -s "$call.out" ] || show <"$call.out"
    [ ! -s "$call.err" ] || "$cat" "$call.err" >&2
else
    if [ "$background" ]; then
        echo "$number $$" >>"$calls/background"
        # `$!` of the script has to be in the namespace of the program: its end is not seen, nor its output.
        case $program in nsenter | unshare) : >"$call.started" && : >"$call.plain" && exec "$real" "$@" ;; esac
        exec "$env" --default-signal=INT,QUIT "$through" "$call" "$given" "$one" "$real" "$@"
    fi
    # shellcheck source=/dev/null
    . "$through"
fi

case $status in
    129 | 130 | 137 | 141 | 143) # a signal ended the program: end the shim by the same signal
        trap - INT
        kill -"$((status - 128))" $$
        ;;
esac
exit "$status"
