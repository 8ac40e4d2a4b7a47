package deployment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lastpost/internal/smapi"
)

// resume continues what an earlier run has begun. Afterwards the state has no import that runs.
func (r *run) resume(ctx context.Context) error {
	switch {
	case r.state.Phase == phaseImporting:
		return r.resumeImport(ctx)
	case r.state.Phase == phaseCreating:
		return r.recoverCreation(ctx, true)
	case r.state.Phase == phaseFailed && r.state.Own:
		return r.recoverCreation(ctx, false) // Amazon perhaps removed the skill, or left it without a package
	}
	return nil
}

// resumeImport takes up the import of an earlier run.
func (r *run) resumeImport(ctx context.Context) error {
	r.progress("continuing the import of an earlier run")
	sameFiles := r.state.Sent != nil && r.state.Sent.Hash == r.pkg.Hash
	r.result.Created = r.state.Own
	err := r.finishImport(ctx)
	_, failed := errors.AsType[*ImportError](err)
	switch {
	case smapi.IsNotFound(err): // Amazon has forgotten the import
		if r.state.SkillID == "" {
			return r.recoverCreation(ctx, true)
		}
		r.state.Phase = phaseUpdating
		return nil
	case failed && !sameFiles:
		r.progress("the import of the earlier run failed. The package has changed since then")
		r.result.Created = false
		return r.resume(ctx)
	}
	return err
}

// finishImport follows the import of the state to its end and stores the result.
func (r *run) finishImport(ctx context.Context) error {
	err := r.followImport(ctx, r.state.ImportID, r.learnID)
	if _, failed := errors.AsType[*ImportError](err); failed {
		return errors.Join(err, r.importFailed(ctx))
	}
	if err != nil {
		return err
	}
	if r.state.SkillID == "" {
		return fmt.Errorf("the import %s succeeded, but Amazon did not say the skill's id. Look for the skill with skill deploy "+
			"--list, and write its id into the configuration", r.state.ImportID)
	}
	r.result.Imported = true
	return r.storeDeployed(ctx, r.state.Sent)
}

// importFailed stores that the import failed. A creation that failed can leave a skill. The search for it is repeated in the
// next run if it is not possible now.
func (r *run) importFailed(ctx context.Context) error {
	r.state.Phase, r.state.ImportID, r.state.Sent = phaseFailed, "", nil
	if err := r.save(); err != nil || r.state.SkillID != "" {
		return err
	}
	found, err := r.searchSkill(ctx)
	if err != nil || len(found.matches) != 1 {
		return nil //nolint:nilerr // the error of the import is the one to show
	}
	return r.learnID(found.matches[0])
}

// storeDeployed stores what Amazon has after an import of a package.
func (r *run) storeDeployed(ctx context.Context, deployed *content) error {
	r.state.Own, r.state.Remote = false, nil // the manifest must be ready, and everything may be new
	remote, err := r.readSkill(ctx)
	if err != nil {
		return err
	}
	st := r.state
	st.Phase, st.ImportID, st.Sent = phaseDone, "", nil
	st.Deployed, st.Remote = deployed, remote
	st.Before, st.Lost, st.Replaces = nil, nil, ""
	return r.save()
}

// followImport waits for the end of an import and reports its progress. It calls learn with the id of a new skill as soon as
// Amazon says it. An import that failed is an *ImportError.
func (r *run) followImport(ctx context.Context, importID string, learn func(id string) error) error {
	var last smapi.Import
	seen := map[string]string{}
	err := r.poll(ctx, r.timing.Now(), r.timing.Import, func() (_ bool, err error) {
		if last, err = r.client.Import(ctx, importID); err != nil {
			return false, err
		}
		if last.SkillID != "" && !last.Failed() {
			if err := r.checkID(last.SkillID, learn); err != nil {
				return false, err
			}
		}
		r.reportResources(last, seen)
		return !last.Running(), nil
	})
	switch {
	case errors.Is(err, ErrTimeout):
		return fmt.Errorf("the import %s: %w. Run the command again: it continues this import", importID, err)
	case err != nil:
		return err
	case last.Failed():
		return &ImportError{ImportID: importID, Import: last}
	}
	for _, warning := range importProblems(last, true) {
		r.progress("warning: " + warning)
	}
	return nil
}

// checkID compares the skill of an import with the skill of this run.
func (r *run) checkID(id string, learn func(string) error) error {
	switch {
	case r.state.SkillID == id:
		return nil
	case r.state.SkillID != "":
		return fmt.Errorf("the import belongs to the skill %s and not to %s", id, r.state.SkillID)
	case r.spec.SkillID != "" && r.spec.SkillID != r.state.Replaces && r.spec.SkillID != id:
		return fmt.Errorf("an earlier run created the skill %s with this endpoint, but the configuration has the id %s. "+
			"Write the id of the created skill into the configuration. Or delete the file %s to use the other skill", id, r.spec.SkillID,
			r.store.path(endpointKey(r.spec.Endpoint)))
	}
	return learn(id)
}

// reportResources prints the parts of an import that have a new status. seen has the status of each part.
func (r *run) reportResources(i smapi.Import, seen map[string]string) {
	for _, resource := range i.Resources {
		if seen[resource.Name] != resource.Status {
			seen[resource.Name] = resource.Status
			r.progress("  " + partName(resource.Name) + ": " + statusText(resource.Status))
		}
	}
}

// partName returns the name of a part of an import in this program's words.
func partName(resource string) string {
	if locale, ok := strings.CutPrefix(resource, "InteractionModel."); ok {
		return modelPrefix + locale
	}
	if resource == "Manifest" {
		return manifestDocument
	}
	return resource
}

func statusText(status string) string { return strings.ReplaceAll(strings.ToLower(status), "_", " ") }

// importProblems returns a line for each error, or for each warning, of an import.
func importProblems(i smapi.Import, warnings bool) (lines []string) {
	pick := func(errs, warns []smapi.Problem) []smapi.Problem {
		if warnings {
			return warns
		}
		return errs
	}
	for _, problem := range pick(i.Errors, i.Warnings) {
		lines = append(lines, problemLine("", problem))
	}
	for _, resource := range i.Resources {
		for _, problem := range pick(resource.Errors, resource.Warnings) {
			lines = append(lines, problemLine(partName(resource.Name), problem))
		}
	}
	return lines
}

func problemLine(part string, p smapi.Problem) string {
	line := p.Message
	for _, code := range []string{p.Reason, p.Code} {
		if code != "" {
			line = code + ": " + line
		}
	}
	if part != "" {
		line = part + ": " + line
	}
	if p.Path != "" {
		line += " (" + p.Path + ")"
	}
	if remedy := smapi.Remedy(p); remedy != "" {
		line += "\n    " + remedy
	}
	return line
}
