// Package rules has Amazon's rules for the files of a skill package. It is pure: no network, no files, no clock.
package rules

// A Violation is a rule that a file breaks, in the shape of Amazon's answers.
type Violation struct {
	Code    string         `json:"code,omitempty"`
	Message string         `json:"message"`
	Details map[string]any `json:"validationDetails,omitempty"`
}
