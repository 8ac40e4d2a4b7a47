package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one error in the file.
type Problem struct {
	File    string // file name from the caller
	Line    int    // from 1; for a missing key, the line of its parent
	Path    string // the key, such as skills[1].path; "": the whole file
	Message string // the problem and its remedy
}

// String returns the problem as one line: skill.yaml:14: skills[1].path: must begin with "/", for example "/alexa".
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Path, p.Message)
}

// Problems are all errors of a file, in file order.
type Problems []Problem

// Error returns one line per problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// problemCollector collects problems, and knows the line of each path in the file.
type problemCollector struct {
	file      string
	problems  Problems
	lines     map[string]int      // by path, for all paths in the file
	faulty    map[string]bool     // paths with a fault; a value has at most one fault
	variables map[string][]string // by path: the environment variables with a value in the path's value
}

func newProblemCollector(file string) *problemCollector {
	return &problemCollector{file: file, lines: map[string]int{}, faulty: map[string]bool{}, variables: map[string][]string{}}
}

// addProblem adds a problem at a line.
func (r *problemCollector) addProblem(line int, path, message string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: max(line, 1), Path: path, Message: message})
}

// addFault adds a problem at a path. It names the variables that the value comes from, because a container has only them.
// The value of the path is not checked further.
func (r *problemCollector) addFault(path, message string) {
	if names := r.variables[path]; len(names) > 0 {
		message += "; the value comes from " + strings.Join(names, " and ") + " in the environment"
	}
	r.addProblem(r.lineOfPath(path), path, message)
	r.faulty[path] = true
}

// applyRule adds the message of a rule as a fault. It does nothing if the message is empty, or if path or a parent has
// a fault.
func (r *problemCollector) applyRule(path, message string) {
	if message != "" && !r.hasFault(path) {
		r.addFault(path, message)
	}
}

// hasKey reports whether the file has the key.
func (r *problemCollector) hasKey(path string) bool { return r.lines[path] > 0 }

// hasFault reports whether path or a parent has a fault.
func (r *problemCollector) hasFault(path string) bool {
	for ; path != ""; path = parentPath(path) {
		if r.faulty[path] {
			return true
		}
	}
	return false
}

// lineOfPath returns the line of path, or else of its nearest parent in the file.
func (r *problemCollector) lineOfPath(path string) int {
	for ; path != ""; path = parentPath(path) {
		if line := r.lines[path]; line > 0 {
			return line
		}
	}
	return 1
}

// sortedProblems returns the problems in file order, or nil.
func (r *problemCollector) sortedProblems() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return r.problems
}

// parentPath removes the last step of a path: skills[1].path, skills[1], skills, "".
func parentPath(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// childPath returns the path of a key below path.
func childPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// itemPath returns the path of a list item.
func itemPath(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
