//go:build man

package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/assembly"

	"github.com/spf13/cobra"
)

// main writes the manual page of the packages to standard output. It is made of the commands themselves, so it cannot
// describe others. cobra/doc is not used: it writes a page for each command, and reads the texts as Markdown.
func main() {
	if err := writeManual(os.Stdout, world{name: packagedName, getenv: os.LookupEnv}); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailure)
	}
}

func writeManual(out io.Writer, w world) error {
	date, err := manDate(w.getenv)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, manPage(newRoot(w), date))
	return err
}

// manDate is the day that the page bears: that of SOURCE_DATE_EPOCH, as a day of the build would make every build
// another; none where that is not set.
func manDate(getenv func(string) (string, bool)) (string, error) {
	epoch, set := getenv("SOURCE_DATE_EPOCH")
	if !set {
		return "", nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return "", fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC().Format(time.DateOnly), nil
}

// manPage is the page in the language of man(7).
func manPage(root *cobra.Command, date string) string {
	root.InitDefaultCompletionCmd()
	var page strings.Builder
	fmt.Fprintf(&page, ".TH %s 1 %q %q Lastpost\n", strings.ToUpper(root.Name()), date, root.Name()+" "+assembly.Version())
	fmt.Fprintf(&page, ".SH NAME\n%s \\- %s\n", root.Name(), roff(root.Short))
	fmt.Fprintf(&page, ".SH SYNOPSIS\n.B %s\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n", root.Name())
	page.WriteString(".SH COMMANDS\n")
	manCommands(&page, root)
	fmt.Fprintf(&page, manRest, root.Name())
	return page.String()
}

// manCommands describes the commands below one, each before those below itself.
func manCommands(page *strings.Builder, parent *cobra.Command) {
	for _, cmd := range parent.Commands() {
		switch {
		case !cmd.IsAvailableCommand() || cmd.Name() == "help":
		case cmd.Name() == "completion":
			manCompletion(page, cmd)
		default:
			manCommand(page, cmd)
			manCommands(page, cmd)
		}
	}
}

func manCommand(page *strings.Builder, cmd *cobra.Command) {
	fmt.Fprintf(page, ".SS %s\n", roff(cmd.UseLine()))
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			page.WriteString(".PP\n")
		}
		page.WriteString(roff(paragraph) + "\n")
	}
	manVerbatim(page, cmd.LocalFlags().FlagUsages())
	manVerbatim(page, cmd.Example)
}

// manCompletion does without cobra's words, which are Markdown, and say how to install what the packages install.
func manCompletion(page *strings.Builder, cmd *cobra.Command) {
	var shells []string
	for _, shell := range cmd.Commands() {
		shells = append(shells, shell.Name())
	}
	fmt.Fprintf(page, ".SS %s\n%s.\n", roff(cmd.CommandPath()+" "+strings.Join(shells, "|")), roff(cmd.Short))
}

// manVerbatim keeps the lines as they are.
func manVerbatim(page *strings.Builder, text string) {
	if text = strings.Trim(text, "\n"); text != "" {
		fmt.Fprintf(page, ".PP\n.EX\n%s\n.EE\n", roff(text))
	}
}

// roff writes text so that nothing in it is taken for a command: no backslash, and no dot or quote that begins a line.
// A hyphen is one that can be copied to a command line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

// manRest is what the commands do not say of themselves, with room for the program's name.
const manRest = `.SH SIGNALS
The service ends on SIGTERM and SIGINT, after the requests in flight. What SIGHUP does, \fB%s serve\fR says above.
.SH FILES
.TP
.I /etc/skill/skill.yaml
The configuration, unless
.B \-\-config
or
.B SKILL_CONFIG
names another.
.TP
.I /etc/skill/environment
With the packages' service: NAME=value lines, which the configuration calls ${NAME}.
.TP
.I /var/lib/skill
Unless
.B data_dir
names another: what the service keeps.
.SH ENVIRONMENT
.TP
.B SKILL_CONFIG
The configuration file.
.TP
.BR HTTPS_PROXY ", " HTTP_PROXY ", " NO_PROXY
Proxies for what the service fetches.
.TP
.BR SSL_CERT_FILE ", " SSL_CERT_DIR
Where the roots lie that are trusted, instead of the system's.
.TP
.BR GOMEMLIMIT ", " GOGC
Bounds of the heap, instead of those that the service sets by the number of posts.
.SH EXIT STATUS
0, 1 after a failure, 2 after a mistake on the command line.
`
