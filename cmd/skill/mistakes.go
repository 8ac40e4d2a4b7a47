package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lastpost/internal/suggest"
)

// unknownCommand refuses a command that does not exist, and names a similar one.
func unknownCommand(cmd *cobra.Command, typed string) error {
	return usageErrorf("unknown command %q%s", typed, didYouMean(similarCommand(cmd, typed)))
}

// similarCommand returns a command with a similar name, first below cmd, then anywhere.
func similarCommand(cmd *cobra.Command, typed string) string {
	paths := map[string]string{}
	var names []string
	add := func(commands []*cobra.Command) {
		for _, c := range commands {
			for _, name := range append(c.SuggestFor, c.Name()) {
				if paths[name] == "" && !c.Hidden {
					paths[name] = c.CommandPath()
					names = append(names, name)
				}
			}
		}
	}
	add(cmd.Commands())
	add(cmd.Root().Commands())
	for _, sub := range cmd.Root().Commands() {
		add(sub.Commands())
	}
	return paths[suggest.Similar(typed, names)]
}

// flagError explains a wrong flag. If the flag does not exist, it names a similar one.
func flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usageError{err}
	}
	// A flag with one hyphen is a word, not a group of one-letter flags, because the commands only have -h.
	typed, _, _ := strings.Cut(cmp.Or(unknown.GetSpecifiedShortnames(), unknown.GetSpecifiedName()), "=")
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	similar := suggest.Similar(typed, names)
	if similar != "" {
		similar = "--" + similar
	} else if !cmd.HasParent() {
		similar = similarCommand(cmd, typed) // --version
	}
	hyphens := "--"
	if unknown.GetSpecifiedShortnames() != "" {
		hyphens = "-"
	}
	return usageErrorf("unknown flag: %s%s%s", hyphens, typed, didYouMean(similar))
}

// didYouMean returns a suggestion for an error message, or "" if there is none.
func didYouMean(similar string) string {
	if similar == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", similar)
}
