package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// variablePattern matches a literal "$${", a variable, or a "${" that begins none. A variable's name is one by POSIX: letters,
// digits and underscores, no digit first.
var variablePattern = regexp.MustCompile(`\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*\})?`)

// expandVariables puts the environment's variables into s, and says what is wrong with those that it cannot.
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
