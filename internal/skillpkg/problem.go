package skillpkg

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Problems lists Amazon's rules that a package would break, file by file. Each names the file, usually the path in it,
// such as languageModel.invocationName, and then the problem and the remedy.
type Problems []string

// Error returns one line for each problem.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// checker collects the problems of one file.
type checker struct {
	file     string
	problems Problems
}

// addProblem adds a problem, unless the message is empty. An empty path means the whole file.
func (j *checker) addProblem(path, message string) {
	if path != "" {
		path += ": "
	}
	if message != "" {
		j.problems = append(j.problems, j.file+": "+path+message)
	}
}

// addProblemf is addProblem with a formatted message.
func (j *checker) addProblemf(path, format string, args ...any) {
	j.addProblem(path, fmt.Sprintf(format, args...))
}

// checkLength checks the number of characters of a text.
func (j *checker) checkLength(path, text string, least, most int, remedy string) {
	if n := len([]rune(text)); n < least || n > most {
		j.addProblemf(path, "has %d characters, and Amazon accepts %d to %d: %s", n, least, most, remedy)
	}
}

// checkAll checks the whole draft: first the manifest, then the models by locale.
func (d *draft) checkAll() Problems {
	all := d.checkManifest()
	for _, locale := range slices.Sorted(maps.Keys(d.models)) {
		all = append(all, d.models[locale].checkModel(modelPath(locale))...)
	}
	return all
}
