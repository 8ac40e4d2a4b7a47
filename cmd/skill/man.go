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

// main writes the manual page for the system packages to standard output. man.tmpl generates it from the commands, so that
// both always agree. cobra/doc is not used: it writes one page for each command, and treats the help texts as Markdown.
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

// manDate returns the date on the page, from SOURCE_DATE_EPOCH. It returns "" if the variable is not set: the current date
// would make builds irreproducible.
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

// roff escapes text, so that roff does not interpret a backslash, or a dot or quote at the start of a line. Hyphens become
// plain hyphens, which users can copy to a command line.
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
