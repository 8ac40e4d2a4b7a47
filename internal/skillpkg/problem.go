package skillpkg

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Problem is one rule of Amazon's that a package would break.
type Problem struct {
	File    string // of the package
	Path    string // in the file, such as languageModel.invocationName; empty where the file as a whole is meant
	Message string // what is wrong, and the remedy
}

// String is the problem in a line.
func (p Problem) String() string {
	if p.Path == "" {
		return p.File + ": " + p.Message
	}
	return p.File + ": " + p.Path + ": " + p.Message
}

// Problems is every one that was found, file by file.
type Problems []Problem

// Error prints a line each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// A judge gathers the problems of one file.
type judge struct {
	file     string
	problems Problems
}

// fault notes a problem; nothing happens where there is no message.
func (j *judge) fault(path, message string) {
	if message != "" {
		j.problems = append(j.problems, Problem{j.file, path, message})
	}
}

// faultf is fault with something put into the message.
func (j *judge) faultf(path, format string, args ...any) {
	j.fault(path, fmt.Sprintf(format, args...))
}

// length holds the number of characters of a text.
func (j *judge) length(path, text string, least, most int, remedy string) {
	if n := len([]rune(text)); n < least || n > most {
		j.faultf(path, "has %d characters, and Amazon takes %d to %d: %s", n, least, most, remedy)
	}
}

// problems judges the whole draft: the manifest first, then the models by their locales, then the icons.
func (d *draft) problems() Problems {
	all := d.judgeManifest()
	for _, locale := range slices.Sorted(maps.Keys(d.models)) {
		all = append(all, d.models[locale].judge(modelFile(locale))...)
	}
	return append(all, d.judgeIcons()...)
}
