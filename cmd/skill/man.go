//go:build man

package main

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/template"
	"time"

	"lastpost/internal/assembly"
)

// main writes the manual page of the packages to standard output. man.tmpl makes it of the commands, so that it cannot
// describe others. cobra/doc is not used: it writes a page for each command, and reads the texts as Markdown.
func main() {
	if err := writeManual(os.Stdout, environment{name: packagedName, getenv: os.LookupEnv}); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailure)
	}
}

//go:embed man.tmpl
var manual string

func writeManual(out io.Writer, env environment) error {
	date, err := manDate(env.getenv)
	if err != nil {
		return err
	}
	root := newRoot(env)
	root.InitDefaultCompletionCmd()
	page, err := template.New("").Funcs(template.FuncMap{
		"date": func() string { return date }, "version": assembly.Version, "upper": strings.ToUpper, "roff": roff,
		"prose": func(text string) string { return strings.ReplaceAll(roff(text), "\n\n", "\n.PP\n") },
		"trim":  func(text string) string { return strings.Trim(text, "\n") },
	}).Parse(manual)
	if err != nil {
		return err
	}
	return page.Execute(out, root)
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
