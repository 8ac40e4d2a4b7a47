package main

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// The program's names. Debian's procps and that of others have a "skill" of their own in /usr/bin, which ends the
// processes that it is given the names of; so the packages install this one by the project's name.
const (
	plainName    = "skill"
	packagedName = "lastpost"
)

// nameFromPath is the name that the program was started by, where that is one of its own.
func nameFromPath(program string) string {
	if filepath.Base(program) == packagedName {
		return packagedName
	}
	return plainName
}

// useProgramName has the help of all commands speak of the program by a name, so that what it shows can be typed.
func useProgramName(root *cobra.Command, name string) {
	if name == plainName {
		return
	}
	root.Use = name
	replaceNameInHelp(root, commandRenamer(root))
}

func replaceNameInHelp(cmd *cobra.Command, typed func(text string) string) {
	cmd.Long, cmd.Example = typed(cmd.Long), typed(cmd.Example)
	for _, sub := range cmd.Commands() {
		replaceNameInHelp(sub, typed)
	}
}

// commandRenamer has commands in a text begin with the name that the program has here.
func commandRenamer(root *cobra.Command) func(text string) string {
	var commands []string
	for _, sub := range root.Commands() {
		commands = append(commands, sub.Name())
	}
	plain := regexp.MustCompile(`\b` + plainName + ` (` + strings.Join(commands, "|") + `)\b`)
	return func(text string) string { return plain.ReplaceAllString(text, root.Name()+" $1") }
}
