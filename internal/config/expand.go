package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// variablePattern matches a literal "$${", a variable, or an invalid "${". Variable names follow POSIX: letters, digits
// and underscores, no digit first.
var variablePattern = regexp.MustCompile(`\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*\})?`)

// expandVariables replaces the environment variables in s. It returns a fault for each unset or invalid variable.
func expandVariables(s string, getenv func(string) (string, bool)) (value string, faults []string) {
	value = variablePattern.ReplaceAllStringFunc(s, func(found string) string {
		if found == "$${" {
			return "${"
		}
		fault := `has "${" without a variable's name and "}" after it; a literal "${" is written "$${"`
		if name, ok := strings.CutSuffix(found[len("${"):], "}"); ok {
			if value, set := getenv(name); set {
				return value
			}
			fault = fmt.Sprintf("the environment variable %s is not set: set it, or write the value here", name)
		}
		if !slices.Contains(faults, fault) {
			faults = append(faults, fault)
		}
		return ""
	})
	return value, faults
}
