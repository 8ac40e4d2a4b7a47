package skillpkg

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Problems are the rules of Amazon's that a package would break, file by file. Each names the file of the package, mostly the
// path in it, such as languageModel.invocationName, and then what is wrong and the remedy.
type Problems []string

// Error prints a line each.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// A judge gathers the problems of one file.
type judge struct {
	file     string
	problems Problems
}

// fault notes a problem; nothing happens where there is no message. An empty path is the file as a whole.
func (j *judge) fault(path, message string) {
	if path != "" {
		path += ": "
	}
	if message != "" {
		j.problems = append(j.problems, j.file+": "+path+message)
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

// problems judges the whole draft: the manifest first, then the models by their locales.
func (d *draft) problems() Problems {
	all := d.judgeManifest()
	for _, locale := range slices.Sorted(maps.Keys(d.models)) {
		all = append(all, d.models[locale].judge(modelFile(locale))...)
	}
	return all
}
