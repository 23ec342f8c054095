/** The shells that complete the command. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of the shells that complete the command. */
export type Shell = (typeof SHELLS)[number];

/**
 * What makes a shell ask the command for completions. The words of the line are passed on as they are, never evaluated: a
 * half-written `$(...)` must not run because somebody pressed Tab. Where the command suggests nothing, files are.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  // The Bash manual, "Programmable Completion": COMP_WORDS has quotes and dollars as they were typed.
  bash: `_hearthwire() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(hearthwire complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _hearthwire hearthwire`,
  // zshcompwid(1): CURRENT counts from 1, and words[1] is the command.
  zsh: `#compdef hearthwire
_hearthwire() {
  local -a lines found
  lines=("\${(@f)$(hearthwire complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)lines%%$'\\t'*}")
  if [[ -n "\${found[1]}" ]]; then
    compadd -a found
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" = _hearthwire ]]; then
  _hearthwire "$@"
else
  compdef _hearthwire hearthwire
fi`,
  // complete(1) of fish takes a description after a tab.
  fish: `function __hearthwire
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found (hearthwire complete -- $words[2..-1] "$current" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path "$current"
  end
end
complete -c hearthwire -f -a '(__hearthwire)'`,
};
