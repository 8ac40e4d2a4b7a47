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

// calledAs is the name that the program was started by, where that is one of its own.
func calledAs(program string) string {
	if filepath.Base(program) == packagedName {
		return packagedName
	}
	return plainName
}

// rename has the help of a command, and of those below it, speak of the program by a name, so that what it shows can be
// typed.
func rename(cmd *cobra.Command, name string) {
	if name == plainName {
		return
	}
	if !cmd.HasParent() {
		cmd.Use = name
	}
	var below []string
	for _, sub := range cmd.Root().Commands() {
		below = append(below, sub.Name())
	}
	typed := regexp.MustCompile(`\b` + plainName + ` (` + strings.Join(below, "|") + `)\b`)
	cmd.Long = typed.ReplaceAllString(cmd.Long, name+" $1")
	cmd.Example = typed.ReplaceAllString(cmd.Example, name+" $1")
	for _, sub := range cmd.Commands() {
		rename(sub, name)
	}
}
