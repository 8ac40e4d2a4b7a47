// Package deployment makes or updates one skill at Amazon from a skill package, and follows it until it is enabled. It stores
// each step before Amazon can act on it. A run that was killed is therefore continued, and never creates a second skill. It
// does not sign in, does not build the package, and does not read or write the configuration.
package deployment

import (
	"context"
	"errors"
	"time"

	"lastpost/internal/skillpkg"
	"lastpost/internal/smapi"
	"lastpost/internal/smapi/jsondiff"
)

// Spec describes one run of the command.
type Spec struct {
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

	// DryRun only reads, and reports in Result.Changes what a run would change.
	DryRun bool

	// Progress receives a line for each step. Nil discards them.
	Progress func(line string)

	// SaveID stores the id of a new skill, before anything else happens with the skill. If it returns an error, the deployment
	// goes on and the error is in Result.SaveError. It is called again in the next run.
	SaveID func(id string) error

	Timing Timing
}

// Timing has the limits of time. The zero value has the limits for Amazon.
type Timing struct {
	// Import limits how long an import, a change of the manifest or the enablement may take. 0: 40 minutes.
	Import time.Duration

	// Search is how long the skill of a creation is searched for, if its answer was lost. It counts from the creation. 0: 40
	// minutes.
	Search time.Duration

	// Simulation limits how long a simulation may take. 0: 2 minutes.
	Simulation time.Duration

	// Pause waits between two questions to Amazon. Nil: it waits for the real time.
	Pause func(ctx context.Context, d time.Duration) error

	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Result describes what a run did. With Spec.DryRun it describes what a run would do.
type Result struct {
	SkillID   string
	Created   bool  // the skill did not exist before
	Imported  bool  // a package was imported. False: it was up to date
	Enabled   bool  // the development stage was disabled before
	SaveError error // the id could not be stored: the caller shows it to the operator

	Certificate    bool // the certificate was uploaded
	AccountLinking bool // the account-linking client was set

	// Changes are the differences between what was deployed last, or what is at Amazon, and the package. Only DryRun has them.
	Changes []Change

	// Edits are the changes that someone made at Amazon since the last run. Only DryRun has them.
	Edits []Change

	// Warnings are Amazon's warnings about the import.
	Warnings []smapi.Problem
}

// A Change is a difference in one document of the skill.
type Change struct {
	Document string // "manifest" or "model en-US"
	jsondiff.Change
}

// EditedError means that someone changed the skill at Amazon since the last run, or that the skill exists and was made in
// another way. A run with Spec.Force overwrites the changes.
type EditedError struct {
	SkillID string
	Changes []Change
	Unknown bool // no earlier run is known: the changes are the differences between Amazon and the package
	Reason  error
}

// Error lists the changes and names the remedy.
func (e *EditedError) Error() string { return "changed at Amazon" }

// Unwrap returns Amazon's answer, if Amazon noticed the change.
func (e *EditedError) Unwrap() error { return e.Reason }

// ImportError means that Amazon refused the package.
type ImportError struct {
	ImportID string
	Import   smapi.Import
}

// Error lists the problems of each part with their remedies.
func (e *ImportError) Error() string { return "import failed" }

// ErrTimeout means that Amazon has not finished in time. The next run goes on with the same work.
var ErrTimeout = errors.New("Amazon has not finished in time")

// Run makes or updates the skill and enables it. An error does not mean that the skill is unchanged: another run goes on.
func Run(ctx context.Context, client *smapi.Client, s Spec) (Result, error) {
	return Result{}, errors.New("not implemented yet")
}

// EndpointSpec describes a change of only the endpoint of a skill.
type EndpointSpec struct {
	Name, SkillID   string
	Endpoint        string
	CertificateType skillpkg.CertificateType
	CertificatePEM  string // of a self-signed certificate, or ""
	StateDir        string
	Force           bool // overwrites a manifest that changes at the same time
	DryRun          bool
	Progress        func(line string)
	Timing          Timing
}

// SetEndpoint changes the endpoint in the manifest of a skill, and nothing else. It returns the changes of the manifest.
func SetEndpoint(ctx context.Context, client *smapi.Client, s EndpointSpec) ([]Change, error) {
	return nil, errors.New("not implemented yet")
}

// TrySpec describes a trial of a skill.
type TrySpec struct {
	SkillID  string
	Locale   string
	Text     string // such as "open half elf"
	Progress func(line string)
	Timing   Timing
}

// TryResult is the result of a trial. A success proves that Alexa reaches the skill. A failure does not prove a fault.
type TryResult struct {
	Simulation Outcome // from the text to the spoken answer
	Invocation Outcome // Amazon sends a LaunchRequest to the endpoint
}

// An Outcome is the result of one call of the skill.
type Outcome struct {
	OK       bool
	Speech   string        // what Alexa says; "": unknown
	Intent   string        // the request or the intent that the skill received; "": unknown
	Endpoint string        // the URL that Amazon called; "": unknown
	Duration time.Duration // of the skill's answer, as Amazon measured it; 0: unknown
	Cause    string        // of a failure, with its remedy
}

// Try sends a text to the skill as if a listener had said it, and then a LaunchRequest without speech recognition. A failure
// is in the result. The error is the context's only.
func Try(ctx context.Context, client *smapi.Client, s TrySpec) (TryResult, error) {
	return TryResult{}, errors.New("not implemented yet")
}
