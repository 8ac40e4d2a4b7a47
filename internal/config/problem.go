package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one fault in the file.
type Problem struct {
	File    string // the file, as the caller named it
	Line    int    // counted from 1; for a missing key, the line of what it is missing from
	Path    string // the key, such as skills[1].path; empty where the file as a whole is meant
	Message string // what is wrong, and the remedy
}

// String is the problem in a line: skill.yaml:14: skills[1].path: must begin with "/", for example "/alexa".
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return fmt.Sprintf("%s:%d: %s: %s", p.File, p.Line, p.Path, p.Message)
}

// Problems is every fault that was found, in file order.
type Problems []Problem

// Error prints a line each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// problemCollector gathers problems, and knows where in the file each path stands.
type problemCollector struct {
	file     string
	problems Problems
	lines    map[string]int  // the paths that the file has
	faulty   map[string]bool // the paths that have a fault already: one fault to a value is enough
}

// addProblem adds a problem at a line.
func (r *problemCollector) addProblem(line int, path, message string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: max(line, 1), Path: path, Message: message})
}

// addFault adds a problem at a path, whose value is then not judged any further.
func (r *problemCollector) addFault(path, message string) {
	r.addProblem(r.lineOfPath(path), path, message)
	r.faulty[path] = true
}

// applyRule is fault for a rule's verdict: nothing happens where message is empty, or path or what it is in is faulty already.
func (r *problemCollector) applyRule(path, message string) {
	if message != "" && !r.hasFault(path) {
		r.addFault(path, message)
	}
}

// hasKey reports whether the file has the key.
func (r *problemCollector) hasKey(path string) bool { return r.lines[path] > 0 }

// hasFault reports whether path, or what it is in, has a fault.
func (r *problemCollector) hasFault(path string) bool {
	for ; path != ""; path = parentPath(path) {
		if r.faulty[path] {
			return true
		}
	}
	return false
}

// lineOfPath is where path stands, or the nearest thing that it would be in.
func (r *problemCollector) lineOfPath(path string) int {
	for ; path != ""; path = parentPath(path) {
		if line := r.lines[path]; line > 0 {
			return line
		}
	}
	return 1
}

// sortedProblems is the problems in file order, or nil.
func (r *problemCollector) sortedProblems() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return r.problems
}

// parentPath cuts the last step off: skills[1].path, skills[1], skills, "".
func parentPath(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// childPath is the path of a key in path.
func childPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// itemPath is the path of a list's item.
func itemPath(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
