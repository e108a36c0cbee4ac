#include "reconciler/cli/completion.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

// Both scripts hand the line to `muster complete`, which prints a candidate a line, its explanation after a tab, and a
// line such as ":files" for what the shell itself looks up.

constexpr const char* bash_script =
    R"muster(# bash completion for muster. For one shell:  source <(muster completion bash)
# For good:  muster completion bash > ~/.local/share/bash-completion/completions/muster
_muster() {
  local line=${COMP_LINE:0:COMP_POINT} words=() word trimmed i
  # readline parts words at : and =; ids have a colon, so they are put together again.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed=${line#"${line%%[![:blank:]]*}"}
    word=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || word=$trimmed
    if ((i > 0)) && [[ $trimmed == "$line" ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    line=${trimmed#"$word"}
  done
  words=("${words[@]//[\\\"\']/}")
  local typed=${words[${#words[@]} - 1]} breaks='' kept='' candidate
  # What stands before the last : or = stays on the line; only the rest is replaced.
  [[ $COMP_WORDBREAKS != *:* ]] || breaks+=:
  [[ $COMP_WORDBREAKS != *=* ]] || breaks+==
  [[ -z $breaks ]] || kept=${typed%"${typed##*[$breaks]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${typed#"$kept"}") ;;
      :directories) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${typed#"$kept"}") ;;
      :programs) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$typed") ;;
      *)
        candidate=${line%%$'\t'*}
        candidate=${candidate#"$kept"}
        [[ $candidate != *= ]] || compopt -o nospace
        printf -v candidate %q "$candidate"
        COMPREPLY+=("$candidate")
        ;;
    esac
  done < <("${words[0]/#\~/$HOME}" complete -- "${words[@]}" 2>/dev/null)
}
complete -F _muster muster
)muster";

constexpr const char* zsh_script = R"muster(#compdef muster
# zsh completion for muster. For one shell:  source <(muster completion zsh)
# For good: write it to a file called _muster in a directory of $fpath.
_muster() {
  local line candidate lookup
  local -a candidates shown open open_shown
  local -a line_words=("${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}")
  while IFS= read -r line; do
    case $line in
      (:*) lookup=$line ;;
      (*)
        candidate=${line%%$'\t'*}
        line=${line/$'\t'/  -- }
        if [[ $candidate == *= ]]; then
          open+=("$candidate") open_shown+=("$line")
        else
          candidates+=("$candidate") shown+=("$line")
        fi
        ;;
    esac
  done < <("${line_words[1]/#\~/$HOME}" complete -- "${line_words[@]}" 2>/dev/null)
  (( ! $#candidates )) || compadd -l -d shown -a candidates
  (( ! $#open )) || compadd -l -S '' -d open_shown -a open
  case $lookup in
    (:files) compset -P '--[^=]#='; _files ;;
    (:directories) compset -P '--[^=]#='; _files -/ ;;
    (:programs) _command_names -e ;;
  esac
}
if [[ ${funcstack[1]} == _muster ]]; then
  _muster "$@"
else
  compdef _muster muster
fi
)muster";

}  // namespace

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return bash_script;
  if (shell == "zsh") return zsh_script;
  throw Error(Fault::usage, "muster has no completion for the shell '" + shell + "'",
              "muster completion bash, or muster completion zsh");
}

}  // namespace muster::cli
