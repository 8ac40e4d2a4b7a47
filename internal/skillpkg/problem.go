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
type checker struct {
	file     string
	problems Problems
}

// addProblem notes a problem; nothing happens where there is no message. An empty path is the file as a whole.
func (j *checker) addProblem(path, message string) {
	if path != "" {
		path += ": "
	}
	if message != "" {
		j.problems = append(j.problems, j.file+": "+path+message)
	}
}

// addProblemf is fault with something put into the message.
func (j *checker) addProblemf(path, format string, args ...any) {
	j.addProblem(path, fmt.Sprintf(format, args...))
}

// checkLength holds the number of characters of a text.
func (j *checker) checkLength(path, text string, least, most int, remedy string) {
	if n := len([]rune(text)); n < least || n > most {
		j.addProblemf(path, "has %d characters, and Amazon takes %d to %d: %s", n, least, most, remedy)
	}
}

// checkAll judges the whole draft: the manifest first, then the models by their locales.
func (d *draft) checkAll() Problems {
	all := d.checkManifest()
	for _, locale := range slices.Sorted(maps.Keys(d.models)) {
		all = append(all, d.models[locale].checkModel(modelPath(locale))...)
	}
	return all
}
