#!/bin/sh
# The part of shim.sh that is read before the number of a call is taken, for other calls than plain ones of ip, bridge
# and tc: which are not recorded, and which may take their time.
# shellcheck disable=SC2034,SC2154 # the variables of shim.sh
# shellcheck disable=SC3013 # -ef is in POSIX since 2024, and in dash and bash long before
shimmed=@shimmed@ quick=@quick@ through=@through@ env=@env@

case $program in
    ln | mkdir | mount | rm | touch | umount) # recorded where they name, or unname, a network namespace
        case "$* " in */run/netns[/\ ]* | */proc/*/ns/net*) ;; *) exec "$real" "$@" ;; esac
        ;;
esac

# `ip netns exec red ip …` counts as one call: the inner `ip` runs through a shim, too, and is recorded by it.
if [ "$kind" = exec ]; then
    IPWRAP_NETNS=$name
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

case $kind in
    iproute2 | monitor) ;;
    *) case $quick/$object/$verb in */mon*) how=through ;; *" $inner "*) ;; *) how=through ;; esac ;;
esac
