# See .zshenv.
if [[ -n $IPWRAP_ZDOTDIR ]]; then ZDOTDIR=$IPWRAP_ZDOTDIR; else unset ZDOTDIR; fi
unset IPWRAP_ZDOTDIR
# /etc/zsh/zshrc may have put the history into our folder.
if [[ ${HISTFILE-} == */ipwrap/places/prompts/zsh/* ]]; then
    HISTFILE=${ZDOTDIR:-$HOME}/${HISTFILE:t}
fi
[[ -r ${ZDOTDIR:-$HOME}/.zshrc ]] && source "${ZDOTDIR:-$HOME}/.zshrc"

# A prompt that is made anew before each command gets the word, too.
_ipwrap_prompt() {
    [[ $PROMPT == "$IPWRAP_PROMPT"* ]] || PROMPT=$IPWRAP_PROMPT$PROMPT
}
autoload -Uz add-zsh-hook
add-zsh-hook precmd _ipwrap_prompt
