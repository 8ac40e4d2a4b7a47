// Package rules has Amazon's rules for the files of a skill package: the archive, the manifest and the models. It is pure: no
// network, no files, no clock. It knows the parts that a custom skill uses.
package rules

import (
	"fmt"
	"strconv"
)

// A Violation is a rule that a file breaks, in the shape of Amazon's answers.
type Violation struct {
	Code    string         `json:"code,omitempty"`
	Message string         `json:"message"`
	Details map[string]any `json:"validationDetails,omitempty"`
}

// Path returns the JSON path of the value, "" if the violation has none.
func (v Violation) Path() string {
	instance, _ := v.Details["originalInstance"].(map[string]any)
	path, _ := instance["propertyPath"].(string)
	return path
}

// newViolation makes a violation of the value at a path. The message is a format with args.
func newViolation(code, path string, value any, format string, args ...any) Violation {
	instance := map[string]any{"propertyPath": path}
	if text, isText := value.(string); isText {
		instance["dataType"], instance["value"] = "string", text
	} else if kind := kindOf(value); kind != "" {
		instance["dataType"] = kind
	}
	return Violation{code, fmt.Sprintf(format, args...), map[string]any{"originalInstance": instance}}
}

// with adds a fact to the details.
func (v Violation) with(key string, fact any) Violation {
	v.Details[key] = fact
	return v
}

// because adds Amazon's machine-readable reason.
func (v Violation) because(reason string) Violation {
	return v.with("reason", map[string]any{"type": reason})
}

// kindOf returns the JSON type of a decoded value, "" if it is none.
func kindOf(value any) string {
	switch value := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if value == float64(int64(value)) {
			return "integer"
		}
		return "number"
	case nil:
		return "null"
	}
	return ""
}

// at returns the path of an element of an array.
func at(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
