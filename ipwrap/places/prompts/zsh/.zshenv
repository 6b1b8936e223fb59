# What `ipwrap sandbox`, `run --shell` and `enter` give to zsh as its ZDOTDIR. The user's files find
# their own folder in the variable, and ours is in it for the next file.
_ipwrap_folder=$ZDOTDIR
if [[ -n $IPWRAP_ZDOTDIR ]]; then ZDOTDIR=$IPWRAP_ZDOTDIR; else unset ZDOTDIR; fi
[[ -r ${ZDOTDIR:-$HOME}/.zshenv ]] && source "${ZDOTDIR:-$HOME}/.zshenv"
if [[ -o interactive ]]; then
    IPWRAP_ZDOTDIR=${ZDOTDIR-}
    ZDOTDIR=$_ipwrap_folder
fi
unset _ipwrap_folder
