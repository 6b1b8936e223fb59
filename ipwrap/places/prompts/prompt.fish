# What `ipwrap sandbox`, `run --shell` and `enter` let fish run behind the user's files.
functions --query fish_prompt; or function fish_prompt; echo '> '; end
functions --copy fish_prompt _ipwrap_user_prompt
function fish_prompt
    echo -n $IPWRAP_PROMPT
    _ipwrap_user_prompt
end
