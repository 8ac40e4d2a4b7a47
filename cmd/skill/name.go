package main

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// The names of the program. The procps package of Debian and others installs a different /usr/bin/skill, which kills
// processes by name. So our packages install this program as lastpost.
const (
	plainName    = "skill"
	packagedName = "lastpost"
)

// nameFromPath returns the name under which the program was started, if it is one of the two.
func nameFromPath(program string) string {
	if filepath.Base(program) == packagedName {
		return packagedName
	}
	return plainName
}

// useProgramName replaces the program name in all help texts, so that users can copy the commands.
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

// commandRenamer returns a function that replaces the program name in front of commands.
func commandRenamer(root *cobra.Command) func(text string) string {
	var commands []string
	for _, sub := range root.Commands() {
		commands = append(commands, sub.Name())
	}
	plain := regexp.MustCompile(`\b` + plainName + ` (` + strings.Join(commands, "|") + `)\b`)
	return func(text string) string { return plain.ReplaceAllString(text, root.Name()+" $1") }
}
