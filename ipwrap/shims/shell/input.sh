#!/bin/sh
# The part of shim.sh that is read behind the start of a call, for other calls than plain ones of ip, bridge and tc: keep
# what the program reads, let servers start before it, and hand it over where it runs in the background.
# shellcheck disable=SC2034,SC2154 # the variables of shim.sh and calls.sh, and of through.sh
# shellcheck disable=SC3013 # -ef is in POSIX since 2024, and in dash and bash long before

# A shell starts background programs with SIGINT and SIGQUIT ignored (POSIX, "Asynchronous Lists"), and a shell that
# was started so cannot trap them: another one, with the default, passes `kill -INT` on.
background='' awaited=''
read_fields() { # read the fields of a process: state, parent, group, …; its name before them may contain blanks
    read -r line <"/proc/$1/stat"
    fields=${line##*) }
}
find_background() { # find whether the program of this call starts in the background
    read_fields $$
    # shellcheck disable=SC2086 # into fields
    set -- $fields
    [ "$((${31} & 2))" = 0 ] || background=1 # the ignored signals
    if [ "$background" ]; then echo "$number" >>"$calls/starting"; fi

    # Nobody can send a signal to the shim alone while the script itself waits for it: not in a job or coprocess.
    if [ "$position" ] && [ ! "$background" ] && [ ! -p /dev/stdin ] && [ ! -p /dev/stdout ]; then
        group=$3
        read_fields "$PPID"
        # shellcheck disable=SC2086 # into fields
        set -- $fields
        [ "$3" != "$group" ] || awaited=1
    fi
}
[ "$how" = quick ] || find_background

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

# A program that writes its output and its errors to one file gets one pipe: the order stays.
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

if [ "$how" = quick ] && [ "$given" ]; then
    trap 'sent=INT' INT
    "$cat" >"$call.in"
    exec <"$call.in"
fi

if [ "$background" ]; then
    echo "$number $$" >>"$calls/background"
    # `$!` of the script has to be in the namespace of the program: its end is not seen, nor its output.
    case $program in nsenter | unshare) : >"$call.started" && : >"$call.plain" && exec "$real" "$@" ;; esac
    exec "$env" --default-signal=INT,QUIT "$through" "$call" "$given" "$one" "$real" "$@"
fi
