package deployment

import (
	"errors"
	"fmt"
	"strings"

	"lastpost/internal/smapi"
)

// ErrTimeout means that Amazon has not finished in time. The next run goes on with the same work.
var ErrTimeout = errors.New("not finished in time")

// maxListed is the number of changes that an error lists.
const maxListed = 40

// EditedError means that someone changed the skill at Amazon since the last run, or that the skill exists and was made in
// another way. A run with Job.Force overwrites the changes.
type EditedError struct {
	SkillID string
	Changes []DocumentChange // none: Amazon noticed the change
	Unknown bool             // no earlier run is known: the changes are what the package would change at Amazon
	Reason  error            // Amazon's answer, if Amazon noticed the change
}

// Error lists the changes and names the remedy.
func (e *EditedError) Error() string {
	text := "the skill " + e.SkillID + " was changed at Amazon since the last deployment"
	remedy := "To keep these changes, do not deploy. To overwrite them, run the command with --force"
	if e.Unknown {
		text = "the skill " + e.SkillID + " exists, and this command has not deployed it before. The package would change it"
		remedy = "To replace the skill's texts and models by the package, run the command with --force"
	}
	lines := []string{text}
	if e.Reason != nil {
		lines[0] += ": " + e.Reason.Error()
	}
	lines = append(lines, changeLines(e.Changes)...)
	return strings.Join(append(lines, remedy), "\n")
}

// Unwrap returns Amazon's answer, if Amazon noticed the change.
func (e *EditedError) Unwrap() error { return e.Reason }

func changeLines(changes []DocumentChange) (lines []string) {
	for _, change := range changes[:min(len(changes), maxListed)] {
		lines = append(lines, "  "+change.String())
	}
	if more := len(changes) - maxListed; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return lines
}

// ImportError means that Amazon refused the package.
type ImportError struct {
	ImportID string
	Import   smapi.Import
}

// Error lists the problems of each part with their remedies.
func (e *ImportError) Error() string {
	lines := []string{
		fmt.Sprintf("Amazon did not accept the package: the import %s has the status %s", e.ImportID, statusText(e.Import.Status)),
	}
	for _, problem := range importProblems(e.Import, false) {
		lines = append(lines, "  "+problem)
	}
	for _, resource := range e.Import.Resources {
		if resource.Failed() && len(resource.Errors) == 0 {
			lines = append(lines, "  "+partName(resource.Name)+": failed. Amazon does not say why")
		}
	}
	if e.Import.Status == "ROLLBACK_FAILED" {
		return strings.Join(append(lines, "Amazon could not restore the old version: look at the skill in the developer console"), "\n")
	}
	return strings.Join(append(lines, "Amazon keeps the version before this import"), "\n")
}
