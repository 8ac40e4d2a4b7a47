// Package deployment makes or updates one skill at Amazon from a skill package, and follows it until it is enabled. It stores
// each step before Amazon can act on it. A run that was killed is therefore continued, and never creates a second skill. It
// does not sign in, does not build the package, and does not read or write the configuration.
package deployment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lastpost/internal/skillpkg"
	"lastpost/internal/smapi"
)

// Job describes one run of the command.
type Job struct {
	// Name is the skill's name in the configuration, for texts and file names.
	Name string

	// SkillID is the id in the configuration. "" stands for a skill that does not exist yet.
	SkillID string

	// Files are the package, as skillpkg.Build returns it.
	Files []skillpkg.File

	// Endpoint is the URL that Alexa calls. It identifies a skill that does not have an id yet.
	Endpoint string

	// CertificatePEM is the self-signed certificate of the endpoint, or "".
	CertificatePEM string

	// AccountLinking is the accountLinkingRequest as JSON, with its secret. Nil: account linking is left as it is.
	AccountLinking []byte

	// VendorID is the vendor that a new skill belongs to. "": Amazon's only vendor, or ChooseVendor asks.
	VendorID string

	// ChooseVendor chooses one of several vendors. Nil: an error lists them.
	ChooseVendor func([]smapi.Vendor) (smapi.Vendor, error)

	// StateDir is the folder of the files that describe what was deployed.
	StateDir string

	// Force overwrites changes that someone made at Amazon, and does not wait for a creation whose answer was lost.
	Force bool

	// DryRun only reads, and reports in Report what a run would change.
	DryRun bool

	// Progress receives a line for each step. Nil discards them.
	Progress func(line string)

	// SaveID stores the id of a new skill in the configuration, before anything else happens with the skill. If it returns an
	// error, the deployment goes on and Report.SaveError has the error. The next run without an id calls it again.
	SaveID func(id string) error

	Timing TimeLimits
}

// Report describes what a run did. With Job.DryRun it describes what a run would do.
type Report struct {
	SkillID   string
	Created   bool  // the skill did not exist before
	Imported  bool  // a package was imported. False: it was up to date
	Enabled   bool  // the development stage was disabled before
	SaveError error // the id could not be stored: the caller shows it to the operator

	Certificate    bool // the certificate was uploaded
	AccountLinking bool // the account-linking client was set

	// Changes are the differences between what was deployed last, or what is at Amazon, and the package. Only DryRun has them.
	Changes []DocumentChange

	// Edits are the changes that someone made at Amazon since the last run. Only DryRun has them.
	Edits []DocumentChange
}

// A run is one run of the command.
type run struct {
	client *smapi.Client
	spec   Job
	timing TimeLimits
	store  store
	lock   *storeLock // nil for a dry run
	pkg    *content
	files  []skillpkg.File
	state  *state
	result Report

	reported time.Time // when the last line was reported
}

// Run makes or updates the skill and enables it. An error does not mean that the skill is unchanged: another run goes on.
func Run(ctx context.Context, client *smapi.Client, s Job) (result Report, err error) {
	r := &run{client: client, spec: s, timing: s.Timing.withDefaults(), store: store{s.StateDir, s.Name}}
	if r.pkg, r.files, err = newContent(s.Files); err != nil {
		return r.result, err
	}
	if s.DryRun {
		err = r.plan(ctx)
		return r.result, err
	}
	if r.lock, err = r.store.lock(); err != nil {
		return r.result, err
	}
	defer func() { err = errors.Join(err, r.lock.release()) }()
	err = r.deploy(ctx)
	return r.result, err
}

func (r *run) deploy(ctx context.Context) error {
	if err := r.lock.add(endpointKey(r.spec.Endpoint)); err != nil {
		return err
	}
	if r.spec.SkillID != "" {
		if err := r.lock.add(skillKey(r.spec.SkillID)); err != nil {
			return err
		}
	}
	if err := r.loadState(); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{r.resume, r.createOrUpdate, r.applySettings, r.enable} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// createOrUpdate brings the skill up to date, after earlier runs are finished.
func (r *run) createOrUpdate(ctx context.Context) error {
	if r.state.SkillID == "" {
		return r.create(ctx)
	}
	return r.update(ctx)
}

// longestSilence is the time without a line after which an operator could think that the command hangs.
const longestSilence = time.Minute

// poll is TimeLimits.poll with a line for each minute in which nothing else was reported.
func (r *run) poll(ctx context.Context, start time.Time, limit time.Duration, step func() (bool, error)) error {
	began := r.timing.Now()
	r.reported = began
	return r.timing.poll(ctx, start, limit, func() (bool, error) {
		done, err := step()
		if now := r.timing.Now(); !done && err == nil && now.Sub(r.reported) >= longestSilence {
			r.progress(fmt.Sprintf("still waiting for Amazon, for %s now", now.Sub(began).Round(time.Second)))
		}
		return done, err
	})
}

func (r *run) progress(line string) {
	r.reported = r.timing.Now()
	if r.spec.Progress != nil {
		r.spec.Progress(line)
	}
}

// loadState finds the state of the skill: by its id, or by its endpoint if a run has not learned or stored the id yet.
func (r *run) loadState() error {
	st, err := r.store.find(r.spec.SkillID, r.spec.Endpoint)
	if err != nil {
		return err
	}
	if st == nil {
		st = &state{SkillID: r.spec.SkillID}
	}
	r.state = st
	if st.SkillID == "" {
		return nil
	}
	return r.useID(st.SkillID)
}

// useID makes sure that the configuration and this run have the id of the skill.
func (r *run) useID(id string) error {
	r.result.SkillID = id
	if r.spec.SaveID != nil && r.spec.SkillID != id {
		r.result.SaveError = r.spec.SaveID(id)
	}
	if r.lock == nil {
		return nil
	}
	return r.lock.add(skillKey(id))
}

// save stores the state: under the skill's id if it is known, otherwise under the endpoint.
func (r *run) save() error {
	r.state.Endpoint = r.spec.Endpoint
	if r.state.SkillID == "" {
		return r.store.write(endpointKey(r.spec.Endpoint), r.state)
	}
	return r.store.write(skillKey(r.state.SkillID), r.state)
}

// learnID stores the id of a new skill: first in the configuration, then in the state of the skill. The state of the endpoint
// then points to it, for a configuration that could not be written.
func (r *run) learnID(id string) error {
	r.progress("Amazon made the skill " + id)
	if err := r.useID(id); err != nil {
		return err
	}
	r.state.SkillID = id
	if err := r.save(); err != nil {
		return err
	}
	return r.store.write(endpointKey(r.spec.Endpoint), &state{Phase: phaseDone, SkillID: id, Endpoint: r.spec.Endpoint})
}
