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
complete -c mailward -n "__fish_mailward_needs_command" -f -a "init" -d 'Set up: find the server, log in, look at the history, choose channels, write the configuration'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "check" -d 'Check the configuration, the rules and the secrets, and say what will be watched'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "login" -d 'Sign in to an account with `oauth` at its provider: shows an address, and the code to type there'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "scan" -d 'Run the watch over mail of the past: mbox, Maildir, a folder of .eml, one .eml, or an account'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "run" -d 'Watch the mailboxes; this is the daemon'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "status" -d 'Say what is watched, which alerts wait and what is open'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "answer" -d 'Answer a question or an alert'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "incidents" -d 'The incidents: list them, show one, write its report, tick off its steps, close it'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "expect" -d 'Say beforehand that you are about to sign in, or to buy gifts'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "alerts" -d 'The latest alerts, or all alerts as they come'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "ingest" -d 'Take a text message from the standard input, as the phone got it'
complete -c mailward -n "__fish_mailward_needs_command" -f -a "agent" -d 'Show the alerts of a mailward on another machine on this desktop, and send the answers back'
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
complete -c mailward -n "__fish_mailward_using_subcommand init" -l address -d 'The mail address to watch' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l name -d 'The account\'s name in the configuration [default: the provider\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l person -d 'Whose account it is; incidents are kept per person' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l host -d 'The IMAP server' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l port -d 'Its port [default: 993, or 143 without tls]' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l security -d 'How the connection is protected' -r -f -a "tls\t'TLS from the first byte'
starttls\t'TLS after STARTTLS'
none\t'None; loopback only'"
complete -c mailward -n "__fish_mailward_using_subcommand init" -l user -d 'The login name [default: by the provider, else the address]' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l ca-file -d 'A certificate authority of your own, PEM' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand init" -l certificate-sha256 -d 'Accept exactly the server certificate with this fingerprint' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l password-file -d 'The password is in this file, which only you can read' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand init" -l password-command -d 'This command prints the password: "pass show mail"; no shell reads it' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l password-credential -d 'The password is the systemd credential of this name' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l token-command -d 'This command prints an OAuth access token' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l authserv-id -d 'Believe Authentication-Results headers of this server; may be repeated' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l history-days -d 'How many days of history to look at; 0 skips it' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l channel -d 'Where alerts go; may be repeated' -r -f -a "desktop\t'Notifications on the desktop'
journal\t'The terminal, or the journal under systemd'
ntfy\t'A phone, through an ntfy server'"
complete -c mailward -n "__fish_mailward_using_subcommand init" -l ntfy-server -d 'The ntfy server' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l ntfy-topic -d 'The ntfy topic [default: a random one]' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l card-phone -d 'The number to call first when money is gone: the one on the back of your card' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l card-issuer -d 'Whose number that is, as alerts call it' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l unit -d 'The service to install [default: asks]' -r -f -a "user\t'That of the user'
system\t'That of the machine: says what to do'
none\t'None'"
complete -c mailward -n "__fish_mailward_using_subcommand init" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand init" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand init" -l password-stdin -d 'Read the password from the first line of stdin, and keep it in a file beside the configuration'
complete -c mailward -n "__fish_mailward_using_subcommand init" -l no-authserv-id -d 'Believe no such headers'
complete -c mailward -n "__fish_mailward_using_subcommand init" -l no-test-alert -d 'Send no test alert'
complete -c mailward -n "__fish_mailward_using_subcommand init" -l non-interactive -d 'Ask nothing; fail with a list of what is missing'
complete -c mailward -n "__fish_mailward_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailward -n "__fish_mailward_using_subcommand init" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand check" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand check" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand check" -l online -d 'Log in to each account too: capabilities, folders, certificate, whose marks are on recent mails'
complete -c mailward -n "__fish_mailward_using_subcommand check" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand check" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand login" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand login" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand login" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand login" -s V -l version -d 'Print version'
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
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -f -a "list" -d 'List all incidents (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -f -a "show" -d 'Show one incident: its orders, the reason for every point, the steps'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -f -a "report" -d 'Write the report of one incident, to print or to send'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -f -a "done" -d 'Tick off a step'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -f -a "close" -d 'Close an incident'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and not __fish_seen_subcommand_from list show report done close help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from report" -l format -d 'As what' -r -f -a "html\t'A page for a browser and for paper'
markdown\t'Text for a mail or a ticket'
csv\t'The orders, for a spreadsheet'
json\t'Everything, for a program'"
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from report" -s o -l output -d 'Write it to this file, which only you can read' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from report" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from report" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from report" -s V -l version -d 'Print version'
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
complete -c mailward -n "__fish_mailward_using_subcommand incidents; and __fish_seen_subcommand_from help" -f -a "report" -d 'Write the report of one incident, to print or to send'
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
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -l standing -d 'With --follow --json: also print what still waits for an answer, at the beginning, when one is answered, and every half minute'
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand alerts" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand ingest" -l from -d 'From whom, as the phone shows it: a number or a name' -r
complete -c mailward -n "__fish_mailward_using_subcommand ingest" -l person -d 'Whose phone, where several people are watched' -r
complete -c mailward -n "__fish_mailward_using_subcommand ingest" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand ingest" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand ingest" -l sms -d 'It is a text message'
complete -c mailward -n "__fish_mailward_using_subcommand ingest" -s h -l help -d 'Print help'
complete -c mailward -n "__fish_mailward_using_subcommand ingest" -s V -l version -d 'Print version'
complete -c mailward -n "__fish_mailward_using_subcommand agent" -l via -d 'How to reach the server: the words before `mailward`, split as a shell would, but run without one' -r
complete -c mailward -n "__fish_mailward_using_subcommand agent" -l config -d 'The configuration [default: `mailward/mailward.toml` in `$XDG_CONFIG_HOME`, then /etc/mailward/mailward.toml]' -r -F
complete -c mailward -n "__fish_mailward_using_subcommand agent" -l lang -d 'The language of what is printed, ja or en [default: the configuration\'s, else the locale\'s]' -r
complete -c mailward -n "__fish_mailward_using_subcommand agent" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailward -n "__fish_mailward_using_subcommand agent" -s V -l version -d 'Print version'
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
complete -c mailward -n "__fish_mailward_using_subcommand test-alert" -l yes -d 'Do not ask whether it arrived'
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
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "init" -d 'Set up: find the server, log in, look at the history, choose channels, write the configuration'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "check" -d 'Check the configuration, the rules and the secrets, and say what will be watched'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "login" -d 'Sign in to an account with `oauth` at its provider: shows an address, and the code to type there'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "scan" -d 'Run the watch over mail of the past: mbox, Maildir, a folder of .eml, one .eml, or an account'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "run" -d 'Watch the mailboxes; this is the daemon'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "status" -d 'Say what is watched, which alerts wait and what is open'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "answer" -d 'Answer a question or an alert'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "incidents" -d 'The incidents: list them, show one, write its report, tick off its steps, close it'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "expect" -d 'Say beforehand that you are about to sign in, or to buy gifts'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "alerts" -d 'The latest alerts, or all alerts as they come'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "ingest" -d 'Take a text message from the standard input, as the phone got it'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "agent" -d 'Show the alerts of a mailward on another machine on this desktop, and send the answers back'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "forget" -d 'Delete what was stored: of a service, of before a day, or everything'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "test-alert" -d 'Send a test alert'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "reload" -d 'Let the running daemon read its configuration and rules again'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "demo" -d 'Show the whole thing in one minute, with nothing to set up'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "explain" -d 'Say what one mail says, and why'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "rules" -d 'The rules: list the services, or test a rule file'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "schema" -d 'Print the JSON Schema of the configuration, for editors'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "completions" -d 'Print the completions for a shell'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "man" -d 'Print the manual page, or write the pages of all commands'
complete -c mailward -n "__fish_mailward_using_subcommand help; and not __fish_seen_subcommand_from init check login scan run status answer incidents expect alerts ingest agent forget test-alert reload demo explain rules schema completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "list" -d 'List all incidents (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "show" -d 'Show one incident: its orders, the reason for every point, the steps'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "report" -d 'Write the report of one incident, to print or to send'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "done" -d 'Tick off a step'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from incidents" -f -a "close" -d 'Close an incident'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "list" -d 'List the services that mailward knows (the default)'
complete -c mailward -n "__fish_mailward_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "test" -d 'Check a rule file and the examples in it; without a file, every pack in use'
