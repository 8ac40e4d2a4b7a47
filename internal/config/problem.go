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

// report gathers problems, and knows where in the file each path stands.
type report struct {
	file     string
	problems Problems
	lines    map[string]int  // the paths that the file has
	bad      map[string]bool // the paths that have a fault already: one fault to a value is enough
}

// note adds a problem at a line.
func (r *report) note(line int, path, message string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: max(line, 1), Path: path, Message: message})
}

// fault adds a problem at a path, whose value is then not judged any further.
func (r *report) fault(path, message string) {
	r.note(r.line(path), path, message)
	r.bad[path] = true
}

// rule is fault for a rule's verdict: nothing happens where message is empty, or path or what it is in is faulty already.
func (r *report) rule(path, message string) {
	if message != "" && !r.faulty(path) {
		r.fault(path, message)
	}
}

// has reports whether the file has the key.
func (r *report) has(path string) bool { return r.lines[path] > 0 }

// faulty reports whether path, or what it is in, has a fault.
func (r *report) faulty(path string) bool {
	for ; path != ""; path = parent(path) {
		if r.bad[path] {
			return true
		}
	}
	return false
}

// line is where path stands, or the nearest thing that it would be in.
func (r *report) line(path string) int {
	for ; path != ""; path = parent(path) {
		if line := r.lines[path]; line > 0 {
			return line
		}
	}
	return 1
}

// err is the problems in file order, or nil.
func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return r.problems
}

// parent cuts the last step off: skills[1].path, skills[1], skills, "".
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// child is the path of a key in path.
func child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// item is the path of a list's item.
func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
