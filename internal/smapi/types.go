package smapi

import (
	"strings"
	"time"
)

// A Vendor is a developer account that the signed-in person may use.
type Vendor struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// A ListedSkill is one stage of a skill in the list of a vendor.
type ListedSkill struct {
	ID                string            `json:"skillId"`
	Stage             string            `json:"stage"` // development, live or certification
	PublicationStatus string            `json:"publicationStatus"`
	LastUpdated       time.Time         `json:"-"`
	NameByLocale      map[string]string `json:"nameByLocale"`
}

// A StoredDocument is a JSON document at Amazon, as Amazon sent it, with its version.
type StoredDocument struct {
	JSON []byte
	ETag string
}

// A Problem is an error or a warning of Amazon about a part of the skill.
type Problem struct {
	Resource string // the part of the package, such as Manifest or InteractionModel.en-US; "": unknown
	Code     string // such as INVALID_URL_FORMAT; often ""
	Message  string
	Path     string // the JSON path, such as $.manifest.apis.custom.endpoint.uri; "": unknown
	Reason   string // the machine-readable reason, such as RESOURCE_LOCKED, or the agreement that is not accepted
}

// The status of an import.
const (
	StatusInProgress = "IN_PROGRESS"
	StatusSucceeded  = "SUCCEEDED"
	StatusFailed     = "FAILED"
)

// An Import is the state of an import of a package.
type Import struct {
	Status    string
	SkillID   string // "": not known yet
	ETag      string
	Resources []Resource
	Errors    []Problem
	Warnings  []Problem
}

// A Resource is a part of an import, such as the manifest or the model of a locale.
type Resource struct {
	Name, Action, Status string
	Errors, Warnings     []Problem
}

// Running reports whether the import goes on. Amazon's list of statuses is incomplete. Therefore, every status that ends
// in IN_PROGRESS counts.
func (i Import) Running() bool { return isRunning(i.Status) }

// Succeeded reports whether the import has ended, and Amazon has built all models.
func (i Import) Succeeded() bool { return i.Status == StatusSucceeded }

// Failed reports whether the import has ended without success.
func (i Import) Failed() bool { return !i.Running() && !i.Succeeded() }

// Failed reports whether the resource failed.
func (r Resource) Failed() bool { return r.Status == StatusFailed }

func isRunning(status string) bool { return strings.HasSuffix(status, StatusInProgress) }

// A BuildStatus is the state of the last changes of a skill. After several imports it can show an old failure beside a newer
// success. Therefore, the state of an import decides whether the import succeeded.
type BuildStatus struct {
	Manifest PartStatus
	Models   map[string]PartStatus // by locale
}

// A PartStatus is the state of the last change of the manifest or of a model.
type PartStatus struct {
	Status, ETag     string
	Errors, Warnings []Problem
	Steps            []BuildStep // of the build of a model
}

// Running reports whether the change goes on.
func (p PartStatus) Running() bool { return isRunning(p.Status) }

// A BuildStep is a part of the build of a model.
type BuildStep struct {
	Name, Status string
	Errors       []Problem
}

// A Simulation is the state of a simulated utterance.
type Simulation struct {
	ID, Status string
	Calls      []SkillCall // the requests that Alexa sent to the skill
	Speech     []string    // Alexa's answers as text
	Intents    []string    // the names of the intents that Alexa considered
	Problem    Problem     // empty: none
}

// Running reports whether the simulation goes on.
func (s Simulation) Running() bool { return isRunning(s.Status) }

// Succeeded reports whether the simulation ended with success.
func (s Simulation) Succeeded() bool { return isSuccess(s.Status) }

// An Invocation is the result of a request that Amazon sent to the skill on our order.
type Invocation struct {
	Status  string
	Call    SkillCall
	Problem Problem // empty: none
}

// Succeeded reports whether the skill answered.
func (i Invocation) Succeeded() bool { return isSuccess(i.Status) }

// isSuccess accepts both forms, because Amazon's interfaces use both.
func isSuccess(status string) bool { return status == "SUCCESSFUL" || status == StatusSucceeded }

// A SkillCall is a request of Alexa to the skill, and the answer. The bodies may have secrets of the listener: do not print
// them.
type SkillCall struct {
	Endpoint          string
	Request, Response []byte
	Duration          time.Duration
}
