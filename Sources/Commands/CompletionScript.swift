import ArgumentParser

/// `--generate-completion-script [SHELL]`: what has a shell complete command lines. ArgumentParser
/// writes it; here it is mended for what is typed as SECTION:OPTION, --OPTION=VALUE or
/// ./image-builder.
package enum CompletionScript {
  private static let option = "--generate-completion-script"

  /// Prints the script and exits when the command line asks for that of a shell that we know.
  package static func handOver(_ commandLine: [String]) {
    guard let shell = shell(in: commandLine) else { return }
    print(text(for: shell))
    ImageBuilder.exit()
  }

  private static func shell(in commandLine: [String]) -> CompletionShell? {
    let request = commandLine.dropFirst().joined(separator: "=")
    guard request != option else { return .autodetected() }
    guard request.hasPrefix("\(option)=") else { return nil }
    return CompletionShell(rawValue: String(request.dropFirst(option.count + 1)))
  }

  private static func text(for shell: CompletionShell) -> String {
    let script = ImageBuilder.completionScript(for: shell).split(
      separator: "\n", omittingEmptySubsequences: false
    ).filter { line in
      // A subcommand help, which only commands with subcommands have.
      !line.contains("Show subcommand help information.") && !line.contains("compgen -W 'help'")
    }.joined(separator: "\n")
    switch shell {
    case .bash: return script + bashWords
    case .zsh: return script.replacing(zshCommand, with: zshCommandWithHome)
    default:
      return script.replacing(fishTokens, with: fishTokensOfCommand)
        .replacing(fishCommand, with: fishCommandWithHome)
    }
  }

  /// Puts the words of Bash together again.
  private static let bashWords = #"""


    # Bash ends words at ":" and "=". Here SECTION:OPTION becomes one word again, and --OPTION=VALUE
    # two. Of a completion, only what follows the colon is left, because that is what Bash replaces.
    _image-builder_words() {
        local rest="${COMP_LINE}" cur='' word
        local -a words=()
        local -i index last current=0
        for index in "${!COMP_WORDS[@]}"; do
            word="${COMP_WORDS[index]}"
            last=$((${#words[@]} - 1))
            if [[ "${last}" -lt 0 || "${rest}" = [[:blank:]]* ]]; then
                words+=("${word}")
            elif [[ "${word}" = '=' && "${words[last]}" = --* ]]; then
                words+=('')
            else
                words[last]+="${word}"
            fi
            if [[ "${index}" -eq "${COMP_CWORD}" ]]; then
                current=$((${#words[@]} - 1))
                cur="${words[current]}"
                [[ "${word}" = ['=:'] ]] || cur="${cur%"${word}"}${2}"
            fi
            rest="${rest#*"${word}"}"
        done
        words[0]="${words[0]/#\~\//"${HOME}"/}"

        local -a COMP_WORDS=("${words[@]}")
        local -i COMP_CWORD="${current}"
        _image-builder "${1}" "${cur}" "${words[current - 1]}" 2>/dev/null

        # What has a colon is an option, in which Bash must not put the backslashes of file names.
        [[ "${COMPREPLY[*]}" != *:* ]] || compopt +o filenames 2>/dev/null
        COMPREPLY=("${COMPREPLY[@]#"${cur%"${2}"}"}")
    }

    complete -o filenames -F _image-builder_words image-builder
    """#

  // The command as it is typed, in which the shell has not replaced the `~` yet.
  private static let zshCommand = #"command_name="${words[1]}""#
  private static let zshCommandWithHome = #"command_name="${words[1]/#\~\//${HOME}/}""#
  private static let fishCommand = "set -l tokens (__image-builder_tokens -p)"
  private static let fishCommandWithHome =
    fishCommand + #"; set tokens[1] (string replace -r '^~/' "$HOME/" -- $tokens[1])"#

  // Whatever directory stands in front of the command, it is the one that the script is for.
  private static let fishTokens = "set -l unparsed_tokens (__image-builder_tokens -pc)"
  private static let fishTokensOfCommand = fishTokens + "; set unparsed_tokens[1] image-builder"
}
