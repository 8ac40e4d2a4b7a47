package deployment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"lastpost/internal/smapi"
)

// update imports the package into the skill, unless Amazon already has it.
func (r *run) update(ctx context.Context) error {
	remote, err := r.readSkill(ctx)
	if smapi.IsNotFound(err) {
		return r.skillMissing(ctx, err)
	}
	if err != nil {
		return err
	}
	err = r.checkEdits(remote)
	if _, isEdited := errors.AsType[*EditedError](err); err != nil && (!isEdited || !r.spec.Force) {
		return err
	}
	if r.state.Phase == phaseUpdating && hasAll(remote, r.state.Sent) {
		r.progress("the import of an earlier run has succeeded")
		if err := r.storeDeployed(ctx, r.state.Sent); err != nil {
			return err
		}
		r.result.Imported = true
	}
	if r.isUpToDate(remote) && !r.spec.Force {
		r.progress("the package is up to date: nothing to upload")
		return r.storeUnchanged(remote)
	}
	return r.importPackage(ctx)
}

// readSkill returns the documents of the skill at Amazon. It waits while the manifest is changed. A skill that this command
// has just created may not have a manifest: the import will change that.
func (r *run) readSkill(ctx context.Context) (remote documents, err error) {
	err = r.poll(ctx, r.timing.Now(), r.timing.Import, func() (bool, error) {
		remote, err = readRemote(ctx, r.client, r.state.SkillID, r.state.Remote, r.pkg.Documents)
		if errors.Is(err, errNoManifest) {
			remote = documents{}
			return r.state.Own, nil
		}
		return true, err
	})
	if errors.Is(err, ErrTimeout) {
		err = fmt.Errorf("the skill %s: %w. Look at the skill in the developer console", r.state.SkillID, errNoManifest)
	}
	return remote, err
}

// skillMissing handles a skill that Amazon does not have. Only an operator who has removed its id and who uses Force gets a new
// one: the account of the sign-in could be the wrong one.
func (r *run) skillMissing(ctx context.Context, err error) error {
	if r.spec.SkillID == "" && r.spec.Force {
		r.state = &state{Replaces: r.state.SkillID}
		return r.create(ctx)
	}
	return fmt.Errorf("this Amazon account does not have the skill %s: %w. If it belongs to another account, sign in with that "+
		"account. If you deleted it, write an id of zeros into the configuration and run the command with --force",
		r.state.SkillID, err)
}

// checkEdits returns an *EditedError if a package would overwrite changes that someone made at Amazon.
func (r *run) checkEdits(remote documents) error {
	if r.state.Own {
		return nil // only this command has worked on the skill
	}
	if r.state.Remote == nil {
		changes, err := compareWithPackage(remote, r.pkg.Documents)
		if err == nil && len(changes) > 0 {
			err = &EditedError{SkillID: r.state.SkillID, Changes: changes, Unknown: true}
		}
		return err
	}
	edits, err := findEdits(r.state.Remote, remote, append(r.state.Lost, r.state.Sent))
	if err == nil && len(edits) > 0 {
		err = &EditedError{SkillID: r.state.SkillID, Changes: edits}
	}
	return err
}

// hasAll reports whether Amazon has exactly the documents of a package.
func hasAll(remote documents, sent *content) bool {
	if sent == nil {
		return false
	}
	for _, name := range documentNames(remote, sent.Documents) {
		if found, exists := remote[name]; !sent.explains(name, found, exists) {
			return false
		}
	}
	return true
}

// isUpToDate reports whether Amazon has the package. Without an earlier run, only the documents can be compared.
func (r *run) isUpToDate(remote documents) bool {
	if r.state.Own {
		return false
	}
	if r.state.Deployed != nil {
		return r.state.Phase == phaseDone && r.state.Deployed.Hash == r.pkg.Hash
	}
	changes, err := compareWithPackage(remote, r.pkg.Documents)
	return err == nil && len(changes) == 0
}

// storeUnchanged stores the versions at Amazon for the next comparison.
func (r *run) storeUnchanged(remote documents) error {
	r.state.Phase, r.state.Deployed, r.state.Remote = phaseDone, r.pkg, remote
	return r.save()
}

// importPackage uploads the package, imports it and waits. Another import of the skill is followed first.
func (r *run) importPackage(ctx context.Context) error {
	before := *r.state
	before.Phase = cmp.Or(before.Phase, phaseFailed)
	start := r.timing.Now()
	err := r.poll(ctx, start, r.timing.Import, func() (bool, error) { return r.startImport(ctx) })
	if err == nil {
		return r.finishImport(ctx)
	}
	if errors.Is(err, ErrTimeout) {
		return fmt.Errorf("import the package into the skill %s: %w, because another change of the skill is running. Run the "+
			"command again", r.state.SkillID, err)
	}
	answer, isAnswer := errors.AsType[*smapi.Error](err)
	_, isLost := errors.AsType[*smapi.LostAnswerError](err)
	if isLost || !isAnswer || ctx.Err() != nil || answer.Status >= http.StatusInternalServerError {
		return err // Amazon perhaps imports the package
	}
	*r.state = before
	if err := r.save(); err != nil {
		return err
	}
	if answer.Status == http.StatusPreconditionFailed {
		return &EditedError{SkillID: r.state.SkillID, Reason: answer}
	}
	return err
}

// startImport starts the import. It reports false if Amazon has to be asked again.
func (r *run) startImport(ctx context.Context) (bool, error) {
	location, err := r.upload(ctx)
	if err != nil {
		return false, err
	}
	if sent := r.state.Sent; sent != nil && sent.Hash != r.pkg.Hash {
		r.state.Lost = append(r.state.Lost, sent)
	}
	r.state.Phase, r.state.ImportID, r.state.Sent = phaseUpdating, "", r.pkg
	if err := r.save(); err != nil {
		return false, err
	}
	r.progress("importing the package into " + r.state.SkillID)
	importID, err := r.client.UpdateByImport(ctx, r.state.SkillID, location)
	if running, ok := errors.AsType[*smapi.ImportRunningError](err); ok {
		return false, r.awaitOtherImport(ctx, running.ImportID)
	}
	if smapi.Status(err) == http.StatusConflict {
		r.progress("Amazon is changing the skill: waiting")
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.state.Phase, r.state.ImportID = phaseImporting, importID
	return true, r.save()
}

// awaitOtherImport waits for an import that this run did not start. Its result does not matter: the package is imported after
// it.
func (r *run) awaitOtherImport(ctx context.Context, importID string) error {
	if importID == "" {
		r.progress("another import of the skill is running: waiting for its end")
		return nil
	}
	r.progress("another import of the skill is running: waiting for the end of " + importID)
	err := r.followImport(ctx, importID, func(string) error { return nil })
	if failed, ok := errors.AsType[*ImportError](err); ok {
		r.progress("the other import has ended: " + statusText(failed.Import.Status))
		return nil
	}
	if smapi.IsNotFound(err) {
		return nil
	}
	return err
}
