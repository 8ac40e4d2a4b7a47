package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// variablePattern matches a literal "$${", a variable with or without a default, or an invalid "${". Variable names follow
// POSIX: letters, digits and underscores, no digit first. A default has no braces, so that it cannot be another variable.
var variablePattern = regexp.MustCompile(`\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-[^{}]*)?\})?`)

const invalidVariable = `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`

// An expansion is a text whose environment variables were replaced.
type expansion struct {
	value  string
	used   []string // the variables with a value in the text; not those whose default is used
	faults []string // one for each unset or invalid variable
}

// expandVariables replaces the environment variables in s. As in a shell, an empty variable takes its default.
func expandVariables(s string, getenv func(string) (string, bool)) expansion {
	var e expansion
	e.value = variablePattern.ReplaceAllStringFunc(s, func(found string) string {
		parts := variablePattern.FindStringSubmatch(found)
		name, fallback := parts[1], parts[2]
		switch {
		case found == "$${":
			return "${"
		case name == "":
			e.faults = appendNew(e.faults, invalidVariable)
			return ""
		}
		value, set := getenv(name)
		switch {
		case fallback != "" && value == "":
			return strings.TrimPrefix(fallback, ":-")
		case set:
			e.used = appendNew(e.used, name)
			return value
		}
		e.faults = appendNew(e.faults, fmt.Sprintf("the environment variable %s is not set: set it, or write the value here", name))
		return ""
	})
	return e
}

// appendNew appends a text that the list does not have yet.
func appendNew(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}
