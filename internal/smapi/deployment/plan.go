package deployment

import (
	"context"
	"errors"
	"fmt"

	"lastpost/internal/smapi"
	"lastpost/internal/smapi/jsondiff"
)

// plan reports what a run would do. It only reads.
func (r *run) plan(ctx context.Context) error {
	st, err := r.store.find(r.spec.SkillID, r.spec.Endpoint)
	if err != nil {
		return err
	}
	if st == nil {
		st = &state{SkillID: r.spec.SkillID}
	}
	r.state, r.result.SkillID = st, st.SkillID
	switch st.Phase {
	case phaseImporting:
		r.progress("a run would first continue the import " + st.ImportID)
	case phaseCreating:
		r.progress("a run would first search for the skill of the creation at " + st.Started.Format("2006-01-02T15:04:05Z07:00"))
	}
	if st.SkillID == "" {
		return r.planCreation(ctx)
	}
	return r.planUpdate(ctx)
}

func (r *run) planCreation(ctx context.Context) (err error) {
	if r.state.Phase == "" || r.state.Phase == phaseFailed {
		vendor, err := r.vendor(ctx)
		if err != nil {
			return err
		}
		skills, err := r.client.Skills(ctx, vendor)
		if err == nil {
			err = r.refuseSecondSkill(ctx, vendor, skillIDs(skills))
		}
		if err != nil {
			return err
		}
		r.progress("a run would create a skill for the vendor " + vendor)
	}
	r.result.Created, r.result.Imported, r.result.Enabled = true, true, true
	r.planSettings()
	r.result.Changes, err = compareDocuments(nil, r.pkg.Documents)
	return err
}

func (r *run) planUpdate(ctx context.Context) error {
	remote, err := r.readSkill(ctx)
	if smapi.IsNotFound(err) {
		return fmt.Errorf("this Amazon account does not have the skill %s: %w", r.state.SkillID, err)
	}
	if err != nil {
		return err
	}
	err = r.checkEdits(remote)
	edited, isEdited := errors.AsType[*EditedError](err)
	if err != nil && !isEdited {
		return err
	}
	if isEdited && !edited.Unknown {
		r.result.Edits = edited.Changes
	}
	if r.result.Changes, err = r.packageChanges(remote); err != nil {
		return err
	}
	r.result.Imported = r.spec.Force || !r.isUpToDate(remote)
	r.planSettings()
	enabled, err := r.client.IsEnabled(ctx, r.state.SkillID)
	r.result.Enabled = !enabled
	return err
}

// packageChanges returns the differences to the package: from the last deployed package, or from the documents at Amazon.
func (r *run) packageChanges(remote documents) ([]DocumentChange, error) {
	if r.state.Deployed == nil {
		return compareWithPackage(remote, r.pkg.Documents)
	}
	changes, err := compareDocuments(r.state.Deployed.Documents, r.pkg.Documents)
	if err == nil && len(changes) == 0 && r.state.Deployed.Hash != r.pkg.Hash {
		changes = []DocumentChange{{"icons", jsondiff.Change{Old: whole, New: whole}}}
	}
	return changes, err
}

func (r *run) planSettings() {
	certificate, linking := hashText(r.spec.CertificatePEM), hashText(string(r.spec.AccountLinking))
	r.result.Certificate = certificate != "" && certificate != r.state.Certificate
	r.result.AccountLinking = linking != "" && linking != r.state.AccountLinking
}
