# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mailward_global_optspecs
    string join \n config= lang= h/help V/version
end

function __fish_mailward_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mailward_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mailward_using_subcommand
    set -l cmd (__fish_mailward_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mailward -n "__fish_mailward_needs_command" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_needs_command" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_needs_command" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_needs_command" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "check" -d 'Check the configuration, the rules and the secrets, and say what will be watched'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "scan" -d 'Run the watch over mail of the past: mbox, Maildir, a folder of .eml, one .eml, or an account'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "run" -d 'Watch the mailboxes; this is the daemon'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "status" -d 'Say what is watched, which alerts wait and what is open'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "answer" -d 'Answer a question or an alert'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "incidents" -d 'The incidents: list them, show one, tick off its steps, close it'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "expect" -d 'Say beforehand that you are about to sign in, or to buy gifts'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "alerts" -d 'The latest alerts, or all alerts as they come'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "forget" -d 'Delete what was stored: of a service, of before a day, or everything'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "test-alert" -d 'Send a test alert'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "reload" -d 'Let the running daemon read its configuration and rules again'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "demo" -d 'Show the whole thing in one minute, with nothing to set up'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "explain" -d 'Say what one mail says, and why'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "rules" -d 'The rules: list the services, or test a rule file'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "schema" -d 'Print the JSON Schema of the configuration, for editors'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "man" -d 'Print the manual page, or write the pages of all commands'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailward -n "__fish_mailward_using_subcommand check" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand check" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand check" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand check" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l format -d 'How results are printed' -r -f -a "text\t'For people'
jsonl\t'One JSON object a line'"
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l since -d 'What arrived longer ago is left out: 90d, 12h' -r
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l answers -d 'Answers to feed in, one JSON object a line: `{"incident" or "message_id", "answer", "at"}`' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l account -d 'The account whose addresses and authserv-ids apply [default: those of all accounts together]' -r
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l authserv-id -d 'Believe Authentication-Results headers of this server; may be repeated' -r
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l address -d 'An address of yours; may be repeated' -r
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l signals -d 'Print every signal too'
complete -c mailward -n "__fish_mailward_using_subcommand scan" -l learn -d 'Learn from it what is ordinary for the person, and keep it'
complete -c mailward -n "__fish_mailward_using_subcommand scan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailward -n "__fish_mailward_using_subcommand scan" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand run" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand run" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand run" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand run" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand status" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand status" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand status" -l json -d 'Print one JSON object'
complete -c mailward -n "__fish_mailward_using_subcommand status" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand status" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand answer" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand answer" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand answer" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailward -n "__fish_mailward_using_subcommand answer" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -f -a "list" -d 'List all incidents (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -f -a "show" -d 'Show one incident: its orders, the reason for every point, the steps'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -f -a "done" -d 'Tick off a step'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -f -a "close" -d 'Close an incident'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show done close help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from list" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from list" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object a line'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from show" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from show" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON object'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from done" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from done" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from done" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from done" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from close" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from close" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from close" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from close" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from help" -f -a "list" -d 'List all incidents (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one incident: its orders, the reason for every point, the steps'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from help" -f -a "done" -d 'Tick off a step'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from help" -f -a "close" -d 'Close an incident'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailward -n "__fish_mailward_using_subcommand expect" -l for -d 'For how long, up to 24h' -r
complete -c mailward -n "__fish_mailward_using_subcommand expect" -l person -d 'Who expects it, where several people are watched' -r
complete -c mailward -n "__fish_mailward_using_subcommand expect" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand expect" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand expect" -l orders -d 'Orders of gifts instead of sign-in codes'
complete -c mailward -n "__fish_mailward_using_subcommand expect" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand expect" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -l after -d 'With --follow: begin after the alert with this `seq`' -r
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -l follow -d 'Print alerts as they come, until the daemon ends'
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -l json -d 'Print one JSON object a line'
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand forget" -l service -d 'Everything of this service' -r
complete -c mailward -n "__fish_mailward_using_subcommand forget" -l before -d 'Everything that happened before this day: 2026-01-31' -r
complete -c mailward -n "__fish_mailward_using_subcommand forget" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand forget" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand forget" -l all -d 'Everything'
complete -c mailward -n "__fish_mailward_using_subcommand forget" -l yes -d 'Do not ask'
complete -c mailward -n "__fish_mailward_using_subcommand forget" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand forget" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand test-alert" -l channel -d 'On this channel only' -r
complete -c mailward -n "__fish_mailward_using_subcommand test-alert" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand test-alert" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand test-alert" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand test-alert" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand reload" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand reload" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand reload" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand reload" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand demo" -l story -d 'Another story: takeover, ordinary-day, mail-bomb, five-orders, or a file of your own' -r
complete -c mailward -n "__fish_mailward_using_subcommand demo" -l now -d 'Play it as if it were this moment, so that two runs print the same' -r
complete -c mailward -n "__fish_mailward_using_subcommand demo" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand demo" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand demo" -l fast -d 'Play it in a few seconds'
complete -c mailward -n "__fish_mailward_using_subcommand demo" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand demo" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand explain" -l account -d 'The account whose addresses and authserv-ids apply [default: those of all accounts together]' -r
complete -c mailward -n "__fish_mailward_using_subcommand explain" -l authserv-id -d 'Believe Authentication-Results headers of this server; may be repeated' -r
complete -c mailward -n "__fish_mailward_using_subcommand explain" -l address -d 'An address of yours; may be repeated' -r
complete -c mailward -n "__fish_mailward_using_subcommand explain" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand explain" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand explain" -l redact -d 'Leave out ids, amounts and addresses, so that the text can be shown to others'
complete -c mailward -n "__fish_mailward_using_subcommand explain" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand explain" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and not __fish_seen_subcommand_from list test help" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand rules; and not __fish_seen_subcommand_from list test help" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand rules; and not __fish_seen_subcommand_from list test help" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and not __fish_seen_subcommand_from list test help" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and not __fish_seen_subcommand_from list test help" -f -a "list" -d 'List the services that mailward knows (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and not __fish_seen_subcommand_from list test help" -f -a "test" -d 'Check a rule file and the examples in it; without a file, every pack in use'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and not __fish_seen_subcommand_from list test help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from list" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from list" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from test" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from test" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from test" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the services that mailward knows (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "test" -d 'Check a rule file and the examples in it; without a file, every pack in use'
complete -c mailward -n "__fish_mailward_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailward -n "__fish_mailward_using_subcommand schema" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand schema" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand schema" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand schema" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand completions" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand completions" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand completions" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand completions" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand man" -l dir -d 'Write every page into this folder' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand man" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand man" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand man" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand man" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "check" -d 'Check the configuration, the rules and the secrets, and say what will be watched'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "scan" -d 'Run the watch over mail of the past: mbox, Maildir, a folder of .eml, one .eml, or an account'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "run" -d 'Watch the mailboxes; this is the daemon'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "status" -d 'Say what is watched, which alerts wait and what is open'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "answer" -d 'Answer a question or an alert'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "incidents" -d 'The incidents: list them, show one, tick off its steps, close it'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "expect" -d 'Say beforehand that you are about to sign in, or to buy gifts'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "alerts" -d 'The latest alerts, or all alerts as they come'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "forget" -d 'Delete what was stored: of a service, of before a day, or everything'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "test-alert" -d 'Send a test alert'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "reload" -d 'Let the running daemon read its configuration and rules again'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "demo" -d 'Show the whole thing in one minute, with nothing to set up'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "explain" -d 'Say what one mail says, and why'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "rules" -d 'The rules: list the services, or test a rule file'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "schema" -d 'Print the JSON Schema of the configuration, for editors'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "completions" -d 'Print the completions for a shell'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "man" -d 'Print the manual page, or write the pages of all commands'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from check scan run status answer incidents expect alerts forget test-alert reload demo explain rules schema completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "list" -d 'List all incidents (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "show" -d 'Show one incident: its orders, the reason for every point, the steps'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "done" -d 'Tick off a step'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "close" -d 'Close an incident'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "list" -d 'List the services that mailward knows (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "test" -d 'Check a rule file and the examples in it; without a file, every pack in use'
