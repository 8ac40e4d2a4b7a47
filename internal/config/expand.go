package config

import (
	"fmt"
	"slices"
	"strings"
)

// expand puts the environment's variables into s, and says what is wrong with those that it cannot.
func expand(s string, getenv func(string) (string, bool)) (value string, faults []string) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "$")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), faults
		case strings.HasPrefix(rest, "${"):
			b.WriteString("${")
			s = rest[len("${"):]
		case strings.HasPrefix(rest, "{"):
			var name string
			name, s, found = strings.Cut(rest[len("{"):], "}")
			if !found || !variableName(name) {
				return "", append(faults, `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`)
			}
			v, set := getenv(name)
			if unset := unsetVariable(name); !set && !slices.Contains(faults, unset) {
				faults = append(faults, unset)
			}
			b.WriteString(v)
		default:
			b.WriteByte('$')
			s = rest
		}
	}
}

func unsetVariable(name string) string {
	return fmt.Sprintf("the environment variable %s is not set: set it, or write the value here", name)
}

// variableName reports whether name is one by POSIX: letters, digits and underscores, no digit first.
func variableName(name string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
	return name != "" && strings.Trim(name, letters+"0123456789") == "" && strings.ContainsRune(letters, rune(name[0]))
}
