#!/bin/sh
# Replaces sudo while `ipwrap record` runs: sudo resets PATH (secure_path), and its program would run without shims.
# Root, as in a sandbox, needs no sudo, and need not have it installed.
real=@real@ env=@env@

user=root skip=0 takes=''
for word; do
    if [ "$takes" ]; then
        [ "$takes" != user ] || user=$word
        takes=''
    else
        case $word in
            --)
                skip=$((skip + 1))
                break
                ;;
            -u | --user) takes=user ;;
            --user=*) user=${word#*=} ;;
            -[CDghpRTrt] | --chdir | --close-from | --group | --host | --prompt | --role | --type) takes=word ;;
            -[!Hnkbu]* | --[!bghnpu]*) [ "$word" = -E ] || [ "$word" = -S ] || exec "$real" "$@" ;; # not plain
            -*) ;;
            *) break ;;
        esac
    fi
    skip=$((skip + 1))
done
[ "$skip" -lt "$#" ] || exec "$real" "$@"

while read -r key _ uid _ && [ "$key" != Uid: ]; do :; done </proc/$$/status
if [ "$uid" = 0 ] && [ "$user" = root ]; then
    shift "$skip"
    exec "$env" "$@"
fi
at=0
for word; do
    shift
    [ "$at" != "$skip" ] || set -- "$@" "$env" "PATH=$PATH"
    set -- "$@" "$word"
    at=$((at + 1))
done
umask 022 # ipwrap reads the files that the shims of root write; the folder itself is private
exec "$real" "$@"
