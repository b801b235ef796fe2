// `jigdo completion`
import { EXIT } from '../../errors.js';
import { display } from '../../format/bytes.js';
import { leafOf } from '../../format/paths.js';
import type { CommandArguments } from '../command-arguments.js';
import { UsageError } from '../usage-error.js';

/** What asks `jigdo` itself. It adds descriptions where SHELL says zsh. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_jigdo() {
  local IFS=$'\\n'
  local found=$(SHELL=bash jigdo --get-yargs-completions "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$found" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _jigdo jigdo
`,
  zsh: `#compdef jigdo
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_jigdo() {
  local -a found
  found=("\${(@f)$(SHELL=zsh jigdo --get-yargs-completions "\${words[@]:0:$CURRENT}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then _describe 'jigdo' found; else _files; fi
}
compdef _jigdo jigdo
`,
  fish: `function __jigdo_complete
  set -l words (commandline -opc) (commandline -ct)
  env SHELL=fish jigdo --get-yargs-completions $words 2>/dev/null
end
complete -c jigdo -a '(__jigdo_complete)'
`,
};

export function run(args: CommandArguments): number {
  if (args.operands.length > 1) throw new UsageError('One shell at a time');
  const [named] = args.operands;
  const own = leafOf(process.env.SHELL ?? '');
  const shell = named ?? (own in SCRIPTS ? own : 'bash');
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    throw new UsageError(
      `No completion for \`${display(shell)}' (there is one for ${Object.keys(SCRIPTS).join(', ')})`,
    );
  }
  process.stdout.write(script);
  return EXIT.ok;
}
