package deployment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"lastpost/internal/smapi"
)

// create creates the skill. The state is stored before Amazon can receive the request.
func (r *run) create(ctx context.Context) error {
	vendor, err := r.vendor(ctx)
	if err != nil {
		return err
	}
	skills, err := r.client.Skills(ctx, vendor)
	if err != nil {
		return err
	}
	if err := r.refuseSecondSkill(ctx, vendor, skillIDs(skills)); err != nil {
		return err
	}
	location, err := r.upload(ctx)
	if err != nil {
		return err
	}
	replaced := r.state.Replaces
	r.state = &state{Phase: phaseCreating, Own: true, VendorID: vendor, Started: r.timing.Now().UTC(), Sent: r.pkg,
		Before: skillIDs(skills), Replaces: replaced}
	if err := r.save(); err != nil {
		return err
	}
	if replaced != "" {
		if err := r.store.remove(skillKey(replaced)); err != nil {
			return err
		}
	}
	r.result.Created = true
	r.progress("creating the skill")
	importID, err := r.client.CreateByImport(ctx, vendor, location)
	if err != nil {
		return r.creationFailed(ctx, err)
	}
	r.state.Phase, r.state.ImportID = phaseImporting, importID
	if err := r.save(); err != nil {
		return err
	}
	return r.finishImport(ctx)
}

// refuseSecondSkill returns an error if a skill of the vendor has this endpoint. Another user or machine has probably created it,
// and only the state there knows that. The operator decides whether it is this skill.
func (r *run) refuseSecondSkill(ctx context.Context, vendor string, ids []string) error {
	if len(ids) > 0 {
		r.progress(fmt.Sprintf("comparing the endpoint with the vendor's other skills: %d", len(ids))) // 0.2 s each
	}
	found, err := r.searchEndpoint(ctx, ids)
	if err != nil || len(found.matches) == 0 {
		return err
	}
	return fmt.Errorf("no skill was created, because the vendor %s already has a skill with the endpoint %s: %s. To deploy it, write "+
		"its id into the configuration. If it is not this skill, delete it in the developer console, or change its endpoint",
		vendor, r.spec.Endpoint, strings.Join(found.matches, ", "))
}

// creationFailed handles an error of the call that creates a skill. If Amazon perhaps received the call, the skill is searched.
func (r *run) creationFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err // the state is kept: the next run searches for the skill
	}
	if _, isLost := errors.AsType[*smapi.LostAnswerError](err); !isLost {
		r.state.Phase = phaseFailed
		return errors.Join(err, r.save())
	}
	r.progress(fmt.Sprintf("Amazon's answer to the creation was lost: %v", err))
	if err := r.recoverCreation(ctx, true); err != nil {
		return err
	}
	return r.createOrUpdate(ctx)
}

// vendor returns the id of the vendor for a new skill.
func (r *run) vendor(ctx context.Context) (string, error) {
	if r.spec.VendorID != "" {
		return r.spec.VendorID, nil
	}
	vendors, err := r.client.Vendors(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case len(vendors) == 0:
		return "", errors.New("this Amazon account is not a developer account: register it at developer.amazon.com")
	case len(vendors) == 1:
		return vendors[0].ID, nil
	case r.spec.ChooseVendor != nil:
		vendor, err := r.spec.ChooseVendor(vendors)
		return vendor.ID, err
	}
	lines := []string{"this Amazon account has several vendors. Choose one with --vendor:"}
	for _, vendor := range vendors {
		lines = append(lines, "  "+vendor.ID+"  "+vendor.Name)
	}
	return "", errors.New(strings.Join(lines, "\n"))
}

func (r *run) upload(ctx context.Context) (string, error) {
	archive, err := zipFiles(r.files)
	if err != nil {
		return "", err
	}
	r.progress(fmt.Sprintf("uploading the package (%d KB)", (len(archive)+1023)/1024))
	return r.client.Upload(ctx, archive)
}

func skillIDs(skills []smapi.ListedSkill) (ids []string) {
	for _, skill := range skills {
		ids = append(ids, skill.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// recoverCreation searches for the skill of a creation with an unknown result. If wait is set, it searches until a creation
// would have ended. It adopts a skill only if it is new and has exactly this endpoint. Another skill can have the same name.
// Afterwards the state has the skill's id, or Amazon did not create a skill.
func (r *run) recoverCreation(ctx context.Context, wait bool) error {
	if chosen, err := r.useChosenSkill(ctx); chosen || err != nil {
		return err
	}
	found, err := r.searchUntilFound(ctx, wait && !r.spec.Force)
	switch {
	case err != nil:
		return err
	case len(found.matches) > 1:
		return fmt.Errorf("several new skills have the endpoint %s: %s. Choose one, and write its id into the configuration",
			r.spec.Endpoint, strings.Join(found.matches, ", "))
	case len(found.matches) == 1:
		return r.adopt(found.matches[0])
	case len(found.unreadable) > 0 && !r.spec.Force:
		return fmt.Errorf("these new skills do not have a manifest yet, and one of them can be this skill: %s. If it is, write "+
			"its id into the configuration. If not, run the command with --force", strings.Join(found.unreadable, ", "))
	}
	r.progress("Amazon did not create a skill")
	r.state = &state{Replaces: cmp.Or(r.state.SkillID, r.state.Replaces)}
	return nil
}

// useChosenSkill reports whether the operator has written an id into the configuration since the creation. That skill is then
// the one to deploy. It is this command's own only if it is new and has the endpoint.
func (r *run) useChosenSkill(ctx context.Context) (bool, error) {
	id := r.spec.SkillID
	if id == "" || id == r.state.Replaces || id == r.state.SkillID {
		return false, nil
	}
	skills, err := r.client.Skills(ctx, r.state.VendorID)
	if err != nil {
		return false, err
	}
	if !slices.Contains(skillIDs(skills), id) {
		return false, fmt.Errorf("the vendor %s does not have the skill %s of the configuration. An earlier run began to create "+
			"a skill. To continue it, write an id of zeros into the configuration", r.state.VendorID, id)
	}
	_, view, err := readManifest(ctx, r.client, id)
	if err != nil && !isUnreadable(err) {
		return false, err
	}
	if view.endpoint() == r.spec.Endpoint && !slices.Contains(r.state.Before, id) {
		return true, r.adopt(id)
	}
	r.state = &state{SkillID: id}
	return true, r.useID(id)
}

// adopt makes a new skill the skill of this run.
func (r *run) adopt(id string) error {
	r.state.Phase, r.state.ImportID, r.result.Created = phaseUpdating, "", true
	return r.learnID(id)
}

// searchUntilFound searches once, or until a creation would have ended.
func (r *run) searchUntilFound(ctx context.Context, wait bool) (found search, err error) {
	start, limit := r.state.Started, time.Duration(0)
	if now := r.timing.Now(); start.After(now) {
		start = now // the clock was set back
	}
	if wait {
		limit = r.timing.Search
		r.progress(fmt.Sprintf("the result of the creation at %s is unknown: searching for its skill until %s, because a second "+
			"creation could make a second skill. With --force, the command does not wait",
			r.state.Started.Format(time.RFC3339), start.Add(limit).UTC().Format(time.RFC3339)))
	}
	err = r.poll(ctx, start, limit, func() (bool, error) {
		var err error
		found, err = r.searchSkill(ctx)
		return len(found.matches) > 0, err
	})
	if errors.Is(err, ErrTimeout) {
		err = nil
	}
	return found, err
}

// A search is the result of one search for a skill.
type search struct {
	matches    []string // the ids of skills with the endpoint
	unreadable []string // the ids of skills without a manifest
}

func (r *run) searchSkill(ctx context.Context) (found search, err error) {
	skills, err := r.client.Skills(ctx, r.state.VendorID)
	if err != nil {
		return found, err
	}
	ids := skillIDs(skills)
	if known := r.state.SkillID; known != "" && slices.Contains(ids, known) {
		return search{matches: []string{known}}, nil
	}
	return r.searchEndpoint(ctx, slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(r.state.Before, id) }))
}

// searchEndpoint searches skills for this endpoint.
func (r *run) searchEndpoint(ctx context.Context, ids []string) (found search, err error) {
	for _, id := range ids {
		_, view, err := readManifest(ctx, r.client, id)
		switch {
		case isUnreadable(err):
			found.unreadable = append(found.unreadable, id)
		case err != nil:
			return found, err
		case view.endpoint() == r.spec.Endpoint:
			found.matches = append(found.matches, id)
		}
	}
	return found, nil
}

// isUnreadable reports whether a skill does not have a manifest yet, or only a published one, or one that this client may not
// read. Another skill of the account must not stop a deployment.
func isUnreadable(err error) bool {
	return slices.Contains([]int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound}, smapi.Status(err)) ||
		errors.Is(err, errNoManifest)
}
