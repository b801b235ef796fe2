// `jigdo completion`
import { EXIT } from '../../errors.js';
import { display } from '../../format/bytes.js';
import { leafOf } from '../../format/paths.js';
import type { CommandArguments } from '../command-arguments.js';
import { writeResult } from '../console.js';
import { COMMAND_NAMES } from '../jigdo-file/commands.js';
import { OPTION_NAMES } from '../jigdo-file/settings.js';
import { UsageError } from '../usage-error.js';

/** The words that the originals' command lines know: the same in all versions of theirs, so that nobody need ask for them. */
const FILE_COMMANDS = COMMAND_NAMES.join(' ');
const FILE_OPTIONS = OPTION_NAMES.map((name) => `--${name}`).join(' ');
const LITE_OPTIONS = '--help --version --noask --scan';

/** What completes `jigdo` by asking it (it adds descriptions where SHELL says zsh), and the others by their words. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_jigdo() {
  local IFS=$'\\n' word="\${COMP_WORDS[COMP_CWORD]}"
  local found=$(SHELL=bash jigdo --get-yargs-completions "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$found" -- "$word"))
}
_jigdo_file() {
  local word="\${COMP_WORDS[COMP_CWORD]}" found=
  if [[ $word == -* ]]; then found='${FILE_OPTIONS}'
  elif (( COMP_CWORD == 1 )); then found='${FILE_COMMANDS}'
  fi
  COMPREPLY=($(compgen -W "$found" -- "$word"))
}
_jigdo_lite() {
  local word="\${COMP_WORDS[COMP_CWORD]}" found=
  if [[ $word == -* ]]; then found='${LITE_OPTIONS}'; fi
  COMPREPLY=($(compgen -W "$found" -- "$word"))
}
complete -o bashdefault -o default -F _jigdo jigdo
complete -o bashdefault -o default -F _jigdo_file jigdo-file
complete -o bashdefault -o default -F _jigdo_lite jigdo-lite
`,
  // In .zshrc, or as a file _jigdo that compinit finds in $fpath: there, the first question loads it, and wants an answer.
  zsh: `#compdef jigdo jigdo-file jigdo-lite
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
_jigdo() {
  local -a found
  case \${words[1]:t}:\${words[CURRENT]} in
    jigdo-file:-*) found=(${FILE_OPTIONS}) ;;
    jigdo-file:*) (( CURRENT == 2 )) && found=(${FILE_COMMANDS}) ;;
    jigdo-lite:-*) found=(${LITE_OPTIONS}) ;;
    jigdo-lite:*) ;;
    *) found=("\${(@f)$(SHELL=zsh jigdo --get-yargs-completions "\${words[@]:0:$CURRENT}" 2>/dev/null)}") ;;
  esac
  if [[ -n "\${found[1]}" ]]; then _describe 'jigdo' found; else _files; fi
}
if [[ "\${funcstack[1]}" == _jigdo ]]; then _jigdo "$@"; else compdef _jigdo jigdo jigdo-file jigdo-lite; fi
`,
  fish: `function __jigdo_complete
  set -l words (commandline -opc) (commandline -ct)
  env SHELL=fish jigdo --get-yargs-completions $words 2>/dev/null
end
complete -c jigdo -a '(__jigdo_complete)'
complete -c jigdo-file -n __fish_use_subcommand -a '${FILE_COMMANDS}'
complete -c jigdo-file -n 'string match -q -- "-*" (commandline -ct)' -a '${FILE_OPTIONS}'
complete -c jigdo-lite -n 'string match -q -- "-*" (commandline -ct)' -a '${LITE_OPTIONS}'
`,
};

export function run(args: CommandArguments): number {
  if (args.operands.length > 1) throw new UsageError('One shell at a time');
  const [named] = args.operands;
  const own = leafOf(process.env.SHELL ?? '');
  const shell = named ?? (Object.hasOwn(SCRIPTS, own) ? own : 'bash');
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    throw new UsageError(
      `No completion for \`${display(shell)}' (there is one for ${Object.keys(SCRIPTS).join(', ')})`,
    );
  }
  writeResult(script);
  return EXIT.ok;
}
