import ArgumentParser

/// The script with which a shell completes command lines (`--generate-completion-script [SHELL]`).
/// ArgumentParser generates it; the changes here are for words such as SECTION:OPTION,
/// --OPTION=VALUE and ./image-builder.
package enum CompletionScript {
  private static let option = "--generate-completion-script"

  /// Prints the script and exits if the command line asks for the script of a known shell.
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
      // The subcommand help does not exist, because there are no subcommands.
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

  /// Restores the words that Bash splits.
  private static let bashWords = #"""


    # Bash splits words at ":" and "=". This function makes SECTION:OPTION one word and
    # --OPTION=VALUE two. Completions lose the part up to the colon, which Bash does not replace.
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

        # Completions with a colon are options. Bash must not quote them like file names.
        [[ "${COMPREPLY[*]}" != *:* ]] || compopt +o filenames 2>/dev/null
        COMPREPLY=("${COMPREPLY[@]#"${cur%"${2}"}"}")
    }

    complete -o filenames -F _image-builder_words image-builder
    """#

  // The shell has not expanded a leading `~` of the command yet.
  private static let zshCommand = #"command_name="${words[1]}""#
  private static let zshCommandWithHome = #"command_name="${words[1]/#\~\//${HOME}/}""#
  private static let fishCommand = "set -l tokens (__image-builder_tokens -p)"
  private static let fishCommandWithHome =
    fishCommand + #"; set tokens[1] (string replace -r '^~/' "$HOME/" -- $tokens[1])"#

  // fish must recognize the command with any directory in front of it.
  private static let fishTokens = "set -l unparsed_tokens (__image-builder_tokens -pc)"
  private static let fishTokensOfCommand = fishTokens + "; set unparsed_tokens[1] image-builder"
}
